"""Builders of the genre nli."""
