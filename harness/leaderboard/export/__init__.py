"""Results of a board in the formats of others."""
