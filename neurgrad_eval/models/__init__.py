"""Models: how they are loaded and asked, and where their neurons are."""
