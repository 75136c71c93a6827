"""The order of the items, and the digest that tells whether all of them were evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import Dataset


def by_id(items: Dataset) -> Dataset:
    """Items in the order of their ids, which are hashes.

    Some editions are sorted by gold or language; in this order lm-eval's `--limit`, which takes the
    first items, takes a fixed random sample.
    """
    ids = list(items["id"])
    return items.select(sorted(range(len(ids)), key=ids.__getitem__))


def ids_digest(ids: Iterable[str]) -> str:
    """SHA-256 of items' ids, one per line: shows whether a whole test split was evaluated."""
    return hashlib.sha256("".join(f"{item_id}\n" for item_id in ids).encode()).hexdigest()
