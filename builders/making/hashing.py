"""Seeded order: every draw goes by a hash of what is drawn, never by a generator's state.

So a draw depends on the seed and on the content alone: not on the order in which rows are read, on
`PYTHONHASHSEED`, or on how many processes share the work.
"""

from __future__ import annotations

import hashlib


def rank(seed: int, *parts: str) -> bytes:
    """Place of something in a seeded order: SHA-256 over the seed and the parts that name it."""
    return hashlib.sha256("\0".join((str(seed), *parts)).encode()).digest()


def uniform(seed: int, *parts: str) -> float:
    """Number in the open interval (0, 1), uniform over what the parts may be."""
    return (int.from_bytes(rank(seed, *parts)[:6], "big") + 0.5) / 2.0**48
