"""Putting a board on the Hub: each repository is compared, shown, and changed by one commit."""
