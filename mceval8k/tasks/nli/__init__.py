"""Task records of the genre nli."""
