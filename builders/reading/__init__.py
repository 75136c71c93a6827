"""Upstream data: where it is kept, in which format, and which rows it has."""
