"""Editions: built data sets, in our layout, in the released layout, or on the Hub."""

from mceval8k.editions.edition import SPLITS, Edition, load_task, open_edition
from mceval8k.editions.shortcuts import Shortcut, strongest_shortcuts

__all__ = [
    "SPLITS",
    "Edition",
    "Shortcut",
    "load_task",
    "open_edition",
    "strongest_shortcuts",
]
