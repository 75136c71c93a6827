"""Builders of the genre self-reflection."""
