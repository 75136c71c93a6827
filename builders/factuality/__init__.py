"""Builders of the genre factuality."""
