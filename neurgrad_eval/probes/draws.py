"""Draws that are settled by a hash: the same wherever and in whatever order they are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

_STEP, _SEED = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95


def mix(numbers: npt.ArrayLike, seed: int = 0) -> Hashes:
    """Hash whole numbers from 0 by splitmix64.

    Source: Steele, Lea and Flood 2014, Fast splittable pseudorandom number generators.
    """
    z = np.asarray(numbers, dtype=np.uint64) * np.uint64(_STEP)
    z = z + np.uint64((seed + 1) * _SEED % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)


def hash_rows(rows: npt.NDArray[Any]) -> Hashes:
    """A number per row that depends on its bytes only."""
    words = np.ascontiguousarray(rows).view(np.uint16)
    return mix(words.sum(axis=1, dtype=np.uint64))
