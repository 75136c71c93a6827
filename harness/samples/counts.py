"""Counts of right answers and their averages over tasks.

Two averages are given, since they answer different questions: the *micro* average is the share of
all items that are right, and the *genre-macro* average is the mean over genres of the mean over
tasks, in which every genre weighs the same however many tasks and items it has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mceval8k.statistics import Estimate, wilson


@dataclass(frozen=True)
class Count:
    """Right answers among all answers."""

    correct: int
    n: int

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.correct / self.n

    @property
    def estimate(self) -> Estimate:
        """Share of right answers with Wilson's 95 % interval."""
        return wilson(self.correct, self.n)


def micro(counts: Sequence[Count]) -> Estimate:
    """Share of right answers over all items, with Wilson's interval of the pooled counts."""
    return wilson(sum(c.correct for c in counts), sum(c.n for c in counts))


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
            (1 / (len(genres) * len(counts)), count.estimate)
            for counts in genres.values()
            for count in counts
        ]
    )


def mean_accuracy(counts: Sequence[Count]) -> Estimate:
    """Mean of accuracies that weigh the same, with an interval like that of `genre_macro`."""
    return _weighted_mean([(1 / len(counts), count.estimate) for count in counts])


def _weighted_mean(weighted: Sequence[tuple[float, Estimate]]) -> Estimate:
    value = sum(weight * part.value for weight, part in weighted)
    below = math.hypot(*(weight * (part.value - part.low) for weight, part in weighted))
    above = math.hypot(*(weight * (part.high - part.value) for weight, part in weighted))
    return Estimate(value, max(0.0, value - below), min(1.0, value + above))
