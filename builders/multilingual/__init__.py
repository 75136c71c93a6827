"""Builders of the genre multilingual."""
