"""Differences of means: of the same items, or of independent ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mceval8k.statistics.bootstrap import (
    bootstrap_draws,
    bootstrap_mean,
    group_sums,
    percentile_interval,
)
from mceval8k.statistics.estimate import Estimate


def paired_difference(
    right: npt.NDArray[np.bool_],
    baseline: npt.NDArray[np.bool_],
    groups: npt.ArrayLike,
    *,
    seed: int,
) -> list[Estimate]:
    """Accuracy of each column minus that of a baseline on the same items.

    Parameters
    ----------
    right
        Whether each answer is right [item, column].
    baseline
        The same of the baseline [item].
    groups, seed
        As for `bootstrap_mean`.
    """
    return bootstrap_mean(_gains(right, baseline), groups, seed=seed)


def independent_difference(
    first: npt.NDArray[Any],
    first_groups: npt.ArrayLike,
    second: npt.NDArray[Any],
    second_groups: npt.ArrayLike,
    *,
    seed: int,
) -> list[Estimate]:
    """Mean of each column of `first` minus that of `second`, of other items.

    Both [item, column] are resampled on their own, by groups.
    """
    a = bootstrap_draws(first, first_groups, seed=[seed, 0])
    b = bootstrap_draws(second, second_groups, seed=[seed, 1])
    values = first.mean(axis=0) - second.mean(axis=0)
    return [
        percentile_interval(float(value), draws)
        for value, draws in zip(values, (a - b).T, strict=True)
    ]


def paired_test(
    right: npt.NDArray[np.bool_], baseline: npt.NDArray[np.bool_], groups: npt.ArrayLike
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
    sums = group_sums(_gains(right, baseline), groups)
    return [_sign_change_test(column) for column in sums.T.round().astype(np.int64)]


def _gains(right: npt.NDArray[np.bool_], baseline: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    return right.astype(np.int64) - baseline.astype(np.int64)[:, None]


def _sign_change_test(differences: npt.NDArray[np.int64]) -> float:
    from scipy.stats import binom

    sizes, counts = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    law = np.ones(1)  # of the sum of ±differences, on −S, …, S
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        steps = np.zeros(2 * size * count + 1)
        steps[:: 2 * size] = binom.pmf(np.arange(count + 1), count, 0.5)
        law = np.convolve(law, steps)
    sums = np.abs(np.arange(len(law)) - len(law) // 2)
    return min(1.0, float(law[sums >= abs(int(differences.sum()))].sum()))
