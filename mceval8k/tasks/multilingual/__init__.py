"""Task records of the genre multilingual."""
