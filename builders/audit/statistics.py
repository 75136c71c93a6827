"""Tests: whether counts differ from equal ones, and how high an accuracy surely is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

from scipy.stats import chi2

from mceval8k.statistics import wilson

P_VALUE = 0.001
"""A p-value below this is taken as a difference that chance does not explain."""
_LEVEL = 2 * NormalDist().cdf(3.29) - 1  # of an interval of 99.9 %: 3.29 standard errors


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
    return wilson(right, of, level=_LEVEL).low if of else 0.0
