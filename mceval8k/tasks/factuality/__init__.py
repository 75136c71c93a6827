"""Task records of the genre factuality."""
