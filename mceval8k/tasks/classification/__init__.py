"""Task records of the genre classification."""
