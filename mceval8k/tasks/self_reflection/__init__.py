"""Task records of the genre self-reflection."""
