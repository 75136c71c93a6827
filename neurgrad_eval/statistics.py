"""Intervals of accuracies: by resampling groups of items, and in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

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
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    n_groups = int(member.max()) + 1
    sums = np.zeros((n_groups, values.shape[1]))
    np.add.at(sums, member, values.astype(np.float64))
    sizes = np.bincount(member).astype(np.float64)
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
