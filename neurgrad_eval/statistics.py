"""Intervals and tests of accuracies, in which items of one group are never taken as independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

LEVEL = 0.95
RESAMPLES = 2000
_CHUNK = 250


@dataclass(frozen=True)
class Estimate:
    """A value with the bounds of its interval."""

    value: float
    low: float
    high: float


def bootstrap_mean(
    values: npt.NDArray[Any],
    groups: Sequence[str],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> list[Estimate]:
    """Mean of each column, with a percentile bootstrap interval over groups.

    Items of one group are drawn together, since they are not independent. All columns see the
    same draws.

    Parameters
    ----------
    values
        Numbers [item, column].
    groups
        Group of each item.
    seed
        Of the draws.
    resamples, level
        Number of draws and coverage of the interval.
    """
    sums, sizes = _group_sums(values, groups)
    n_groups = len(sizes)
    rng = np.random.default_rng(seed)
    means = []
    for start in range(0, resamples, _CHUNK):
        draws = min(_CHUNK, resamples - start)
        times = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=draws)
        means.append(times @ sums / (times @ sizes)[:, None])
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail], axis=0)
    columns = zip(values.mean(axis=0), low, high, strict=True)
    return [
        Estimate(float(value), float(at_least), float(at_most))
        for value, at_least, at_most in columns
    ]


def wilson(right: int, n: int, *, level: float = LEVEL) -> Estimate:
    """Proportion with Wilson's score interval, which treats the items as independent."""
    if n < 1 or not 0 <= right <= n:
        raise ValueError(f"{right} of {n} is no proportion")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = right / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Estimate(share, max(0.0, centre - half), min(1.0, centre + half))


def paired_difference(
    right: npt.NDArray[np.bool_],
    baseline: npt.NDArray[np.bool_],
    groups: Sequence[str],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> list[Estimate]:
    """Accuracy of each column less that of a baseline on the same items.

    Parameters
    ----------
    right
        Whether each answer is right [item, column].
    baseline
        The same of the baseline [item].
    groups, seed, resamples, level
        As for `bootstrap_mean`.
    """
    difference = right.astype(np.int64) - baseline.astype(np.int64)[:, None]
    return bootstrap_mean(difference, groups, seed=seed, resamples=resamples, level=level)


def paired_test(
    right: npt.NDArray[np.bool_], baseline: npt.NDArray[np.bool_], groups: Sequence[str]
) -> list[float]:
    """Exact two-sided p value of each column's accuracy being that of a baseline.

    If the two were alike, each group's difference in right answers could as well have had the other
    sign: p is the share of all such sign changes whose sum is as far from 0 as the one that was
    seen. Where every item is its own group this is McNemar's exact test.

    Parameters
    ----------
    right, baseline, groups
        As for `paired_difference`.
    """
    difference = right.astype(np.int64) - baseline.astype(np.int64)[:, None]
    sums, _ = _group_sums(difference, groups)
    return [_sign_change_test(column) for column in sums.T.round().astype(np.int64)]


def _sign_change_test(differences: npt.NDArray[np.int64]) -> float:
    sizes, counts = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    law = np.ones(1)  # of the sum of ±differences, on −S, …, S
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        steps = np.zeros(2 * size * count + 1)
        steps[:: 2 * size] = binom.pmf(np.arange(count + 1), count, 0.5)
        law = np.convolve(law, steps)
    sums = np.abs(np.arange(len(law)) - len(law) // 2)
    return min(1.0, float(law[sums >= abs(int(differences.sum()))].sum()))


def _group_sums(
    values: npt.NDArray[Any], groups: Sequence[str]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Sums [group, column] over the items of each group, and numbers of items [group]."""
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.zeros((int(member.max()) + 1, values.shape[1]))
    np.add.at(sums, member, values.astype(np.float64))
    return sums, np.bincount(member).astype(np.float64)


def holm(p: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjust p values by Holm's method (1979); compared with α, the familywise error is α."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    factors = np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * values[order]))
    return adjusted
