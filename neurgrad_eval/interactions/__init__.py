"""Pairs of neurons shifted together: does the joint change differ from the sum of single ones."""
