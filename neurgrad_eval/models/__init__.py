"""Models: how they are loaded and run, and where their neurons are."""
