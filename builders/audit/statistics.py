"""Tests: whether counts differ from equal ones, and how high an accuracy surely is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy.stats import chi2

P_VALUE = 0.001
"""A p-value below this is taken as a difference that chance does not explain."""
Z = 3.29
"""Standard errors of a two-sided interval of 99.9 %."""


class Imbalance(NamedTuple):
    """How far counts are from equal ones."""

    statistic: float
    """Pearson's chi-square."""
    p_value: float
    """Probability of a statistic at least as large if all were equally likely."""
    effect: float
    """Cohen's w, √(chi-square / n): 0.1 is small, 0.3 medium, 0.5 large."""


def imbalance(counts: Sequence[int]) -> Imbalance:
    """Compare counts with equal ones; a count of zero counts."""
    total = sum(counts)
    if len(counts) < 2 or not total:
        return Imbalance(0.0, 1.0, 0.0)
    expected = total / len(counts)
    statistic = sum((count - expected) ** 2 for count in counts) / expected
    p_value = float(chi2.sf(statistic, len(counts) - 1))
    return Imbalance(statistic, p_value, math.sqrt(statistic / total))


def lower_bound(right: float, of: int) -> float:
    """Lower end of Wilson's interval (99.9 %) of an accuracy."""
    if not of:
        return 0.0
    share, squared = right / of, Z * Z
    centre = share + squared / (2 * of)
    spread = Z * math.sqrt(share * (1 - share) / of + squared / (4 * of * of))
    return (centre - spread) / (1 + squared / of)
