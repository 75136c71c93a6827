"""Builders of the genre linguistic."""
