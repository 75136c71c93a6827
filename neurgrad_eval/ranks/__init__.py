"""Rankings of neurons over any number of prompts, in memory that does not grow with them."""
