"""A bootstrap that any language repeats draw by draw: a web page shows the numbers of a command.

Draw d of G groups takes group ⌊G · h(d·G + k + seed · 2654435769) / 2³²⌋ for k = 0, …, G − 1, where
h is Wellons' `lowbias32`, a mixing of 32-bit numbers by shifts and multiplications.

Source: Wellons 2018, Prospecting for Hash Functions, nullprogram.com.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from mceval8k.statistics.bootstrap import RESAMPLES, Resamples

GOLDEN = 2654435769
"""2³² divided by the golden ratio: it sets the counters of two seeds apart."""
_CHUNK = 100


def seed_of(name: str) -> int:
    """Seed of a name: the first 32 bits of its SHA-256."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def portable_resample(groups: npt.ArrayLike, *, seed: int, resamples: int = RESAMPLES) -> Resamples:
    """Draw groups with replacement as `resample` does, by numbers that need no NumPy.

    Parameters
    ----------
    groups
        Group of each item [item]. Groups are numbered in sorted order.
    seed
        0 to 2³² − 1.
    resamples
        Number of draws.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    count = len(names)
    times = np.zeros((resamples, count), dtype=np.int32)
    for start in range(0, resamples if count else 0, _CHUNK):
        some = times[start : start + _CHUNK]
        counters = np.arange(start * count, start * count + some.size, dtype=np.uint64)
        drawn = hashed(counters + np.uint64(seed * GOLDEN)).astype(np.uint64)
        picked = ((drawn * np.uint64(count)) >> np.uint64(32)).astype(np.int64)
        picked += np.repeat(np.arange(len(some)) * count, count)
        some[:] = np.bincount(picked, minlength=some.size).reshape(some.shape)
    return Resamples(member.astype(np.int64), times)


def hashed(counters: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """Mixed lower 32 bits of each counter: `lowbias32`."""
    x = (counters & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x
