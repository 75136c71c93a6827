"""What is measured of answers beyond accuracy."""
