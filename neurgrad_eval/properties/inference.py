"""Statistics of the properties; items of one group are never taken as independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from neurgrad_eval.properties.subsets import Seed
from neurgrad_eval.statistics import LEVEL, RESAMPLES, Estimate

Floats = npt.NDArray[np.float64]


def standard_errors(values: npt.NDArray[Any], groups: Sequence[str]) -> Floats:
    """Standard error of each column's mean, with groups as the sampling units.

    √( G/(G − 1) · Σ_g ( Σ_{i∈g} (x_i − mean) )² ) / n for G groups of n items in all; it is that of
    a plain mean where each item is its own group.

    Parameters
    ----------
    values
        Numbers [item, column].
    groups
        Group of each item, two at least.
    """
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    count = int(member.max()) + 1
    if count < 2:
        raise ValueError("one group has no standard error")
    deviations = values - values.mean(axis=0)
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, member, deviations.astype(np.float64))
    scale = count / (count - 1)
    return np.asarray(np.sqrt(scale * (sums**2).sum(axis=0)) / len(values))


def bootstrap_draws(
    values: npt.NDArray[Any],
    groups: Sequence[str],
    *,
    seed: Seed,
    weights: npt.NDArray[np.float64] | None = None,
    resamples: int = RESAMPLES,
) -> Floats:
    """Means [draw, column] of values [item, column] over groups drawn with replacement.

    Items weigh the same if no `weights` [item] are given.
    """
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    count = int(member.max()) + 1
    sums = np.zeros((count, values.shape[1]))
    own = np.ones(len(values)) if weights is None else weights
    np.add.at(sums, member, own[:, None] * values)
    sizes = np.bincount(member, weights=own)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    return np.asarray((times @ sums) / (times @ sizes)[:, None])


def percentile_interval(value: float, draws: npt.NDArray[Any]) -> Estimate:
    """Value with the interval that holds the middle 95 % of the draws."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))


def independent_difference(
    first: npt.NDArray[Any],
    first_groups: Sequence[str],
    second: npt.NDArray[Any],
    second_groups: Sequence[str],
    *,
    seed: int,
) -> list[Estimate]:
    """Mean of each column of `first` less that of `second`, of other items.

    Both are resampled on their own, by groups.
    """
    a = bootstrap_draws(first, first_groups, seed=[seed, 0])
    b = bootstrap_draws(second, second_groups, seed=[seed, 1])
    values = first.mean(axis=0) - second.mean(axis=0)
    return [
        percentile_interval(float(value), draws)
        for value, draws in zip(values, (a - b).T, strict=True)
    ]


def smallest_within_one_error(
    right: npt.NDArray[np.bool_], sizes: Sequence[int], groups: Sequence[str]
) -> int:
    """The smallest size whose accuracy is at least the best one less its standard error.

    Parameters
    ----------
    right
        Whether each answer is right [item, size].
    sizes
        Size of each column.
    groups
        Group of each item.
    """
    accuracy = right.mean(axis=0)
    best = int(accuracy.argmax())
    enough = accuracy >= accuracy[best] - standard_errors(right[:, [best]], groups)[0]
    return min(size for size, reaches in zip(sizes, enough, strict=True) if reaches)


@dataclass(frozen=True)
class AboveChance:
    """Whether answers agree with the gold ones more often than chance has it.

    Attributes
    ----------
    lift : float64 [column]
        Accuracy less the agreement expected of answers that are given without regard to the item,
        each as often as it was given: Σ_k (share of answers k)·(share of gold k).
    p : float64 [column]
        One-sided p value of lift ≤ 0: normal, with the standard error over groups.
    """

    lift: Floats
    p: Floats


def above_chance(
    answers: npt.NDArray[np.int64], labels: npt.NDArray[np.int64], groups: Sequence[str]
) -> AboveChance:
    """Test columns of answers [item, column] against chance.

    A probe that always gives one answer has a lift of 0, whatever the share of that label.
    """
    shares = np.bincount(labels, minlength=int(answers.max()) + 1) / len(labels)
    gains = (answers == labels[:, None]) - shares[answers]
    lift, error = gains.mean(axis=0), standard_errors(gains, groups)
    z = np.divide(lift, error, out=np.where(lift > 0, np.inf, 0.0), where=error > 0)
    return AboveChance(lift, stats.norm.sf(z))


@dataclass(frozen=True)
class Overlap:
    """How many neurons two sets have in common."""

    common: int
    jaccard: float
    """Common ones over those in either."""
    expected: float
    """Common ones, were the sets drawn at random."""
    p: float
    """Hypergeometric: probability of as many common ones or more, were they drawn at random."""


def overlap(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], n_neurons: int) -> Overlap:
    """Overlap of two sets of neurons out of `n_neurons`."""
    common = len(np.intersect1d(first, second))
    either = len(first) + len(second) - common
    return Overlap(
        common,
        common / either if either else 0.0,
        len(first) * len(second) / n_neurons,
        float(stats.hypergeom.sf(common - 1, n_neurons, len(first), len(second))),
    )
