"""Intervals of proportions, whose items are taken as independent."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from mceval8k.statistics.estimate import LEVEL, Estimate


def wilson(right: float, n: int, *, level: float = LEVEL) -> Estimate:
    """Proportion with Wilson's score interval (Wilson 1927, JASA 22).

    Parameters
    ----------
    right
        How many there are; need not be whole where a tie shares the credit.
    n
        Of how many.
    level
        Coverage of the interval.
    """
    if n < 1 or not 0 <= right <= n:
        raise ValueError(f"{right} of {n} is no proportion")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, shrink = right / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Both bounds are exact at the ends, where rounding would leave 1e-17.
    low = 0.0 if right == 0 else centre - half
    high = 1.0 if right == n else centre + half
    return Estimate(share, low, high)


def share_of(holds: npt.ArrayLike) -> Estimate:
    """Share of items [item] for which something holds, with Wilson's interval."""
    known = np.asarray(holds, dtype=np.bool_)
    return wilson(int(known.sum()), len(known))
