"""Builders of the genre classification."""
