"""The README of an edition: a header for machines, a card for people."""
