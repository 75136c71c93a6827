"""Ranked neurons shifted on test items, to see whether the model moves as the ranking says."""
