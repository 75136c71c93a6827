"""Editions: built data sets, in our layout, in the released layout, or on the Hub."""

from mceval8k.editions.edition import SPLITS, Edition, load_task, open_edition

__all__ = ["SPLITS", "Edition", "load_task", "open_edition"]
