"""Intervals for accuracies and for averages of accuracies.

An accuracy gets Wilson's score interval. Two averages over tasks are given, since they answer
different questions: the *micro* average is the share of all items that are right, and the
*genre-macro* average is the mean over genres of the mean over tasks, in which every genre weighs
the same however many tasks and items it has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""


@dataclass(frozen=True)
class Count:
    """Right answers among all answers."""

    correct: int
    n: int

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.correct / self.n


@dataclass(frozen=True)
class Estimate:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(count: Count, z: float = Z95) -> Estimate:
    """Wilson's score interval of an accuracy (Wilson 1927, JASA 22)."""
    share, n = count.accuracy, count.n
    shrink = 1 + z**2 / n
    centre = (share + z**2 / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    # Both limits are exact at the ends, where rounding would leave 1e-17.
    low = 0.0 if count.correct == 0 else centre - half
    high = 1.0 if count.correct == n else centre + half
    return Estimate(share, low, high)


def micro(counts: Sequence[Count]) -> Estimate:
    """Share of right answers over all items, with Wilson's interval of the pooled counts."""
    return wilson(Count(sum(c.correct for c in counts), sum(c.n for c in counts)))


def genre_macro(genres: Mapping[str, Sequence[Count]]) -> Estimate:
    """Mean over genres of the mean over tasks.

    Parameters
    ----------
    genres
        Counts of each genre's tasks.

    Returns
    -------
    Estimate
        The tasks are taken as fixed and their items as sampled. The interval joins the tasks'
        Wilson intervals by the method of variance estimates recovery (Zou, Huang and Zhang 2009,
        CSDA 53): the squared weighted distances from estimate to limit add up. Unlike a normal
        approximation it does not vanish where a task is all right or all wrong, and for one task
        it is Wilson's interval.
    """
    return _weighted_mean(
        [
            (1 / (len(genres) * len(counts)), wilson(count))
            for counts in genres.values()
            for count in counts
        ]
    )


def mean_accuracy(counts: Sequence[Count]) -> Estimate:
    """Mean of accuracies that weigh the same, with an interval like that of `genre_macro`."""
    return _weighted_mean([(1 / len(counts), wilson(count)) for count in counts])


def _weighted_mean(weighted: Sequence[tuple[float, Estimate]]) -> Estimate:
    value = sum(weight * part.value for weight, part in weighted)
    below = math.hypot(*(weight * (part.value - part.low) for weight, part in weighted))
    above = math.hypot(*(weight * (part.high - part.value) for weight, part in weighted))
    return Estimate(value, max(0.0, value - below), min(1.0, value + above))
