"""Task records of the genre linguistic."""
