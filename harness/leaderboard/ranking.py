"""Ranks with ties: which rows of a setting can be distinguished.

All rows of a setting answered the same items, so they are drawn together: in each draw of the
bootstrap (groups with replacement, within each task) every row has a score, and one row is better
than another where that is so in 97.5 % of the draws. A row's rank lies between one more than there
are rows better than it, and all but those that are worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from harness.leaderboard.records import TaskResult
from mceval8k.statistics import (
    LEVEL,
    MIN_GROUPS,
    Estimate,
    percentile_interval,
    portable_resample,
    seed_of,
)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rank:
    """Ranks that a row may have."""

    best: int
    worst: int

    @property
    def label(self) -> str:
        """The ranks in words."""
        return str(self.best) if self.best == self.worst else f"{self.best}–{self.worst}"


def task_draws(results: Sequence[TaskResult]) -> Floats:
    """Drawn accuracies [row, draw] of results of one task; NaN with too few groups."""
    groups = results[0].groups
    times = _times(results[0].group_numbers, results[0].task)
    if times.shape[1] < MIN_GROUPS:
        return np.full((len(results), len(times)), np.nan, np.float32)
    sizes = np.bincount(groups).astype(np.float32)
    right = np.stack([np.bincount(groups, result.is_correct) for result in results])
    drawn: Floats = (right.astype(np.float32) @ times.T) / (times @ sizes)
    return drawn


@lru_cache(maxsize=64)  # the tasks of a board, which all of its settings share
def _times(group_numbers: bytes, task: str) -> Floats:
    """How often each group is drawn [draw, group]."""
    groups = np.frombuffer(group_numbers, "<u4")
    return portable_resample(groups, seed=seed_of(task)).times.astype(np.float32)


def chance_corrected(accuracy: float, chance: float) -> float:
    """Accuracy above chance as a share of what is possible above it: 0 is a guess, 1 is perfect."""
    return (accuracy - chance) / (1 - chance)


def score_draws(
    genres: Mapping[str, Sequence[str]],
    draws: Mapping[str, Floats],
    chances: Mapping[str, float],
) -> Floats:
    """Drawn scores [row, draw]: mean over genres of the mean over tasks, corrected for chance.

    Parameters
    ----------
    genres
        Tasks of each genre.
    draws
        By task: drawn accuracies [row, draw] of the same rows.
    chances
        By task: accuracy of a uniform guess.
    """
    total = np.zeros_like(next(iter(draws.values())))
    for members in genres.values():
        for task in members:
            weight = 1 / len(genres) / len(members) / (1 - chances[task])
            total += np.float32(weight) * (draws[task] - np.float32(chances[task]))
    return total


def estimates(values: Sequence[float], draws: Floats) -> list[Estimate]:
    """Each row's value with its percentile interval."""
    return [
        percentile_interval(value, row.astype(np.float64))
        for value, row in zip(values, draws, strict=True)
    ]


def ranks(draws: Floats) -> list[Rank]:
    """Ranks of rows by their scores [row, draw]; rows without draws are distinguished from none."""
    count, n_draws = draws.shape
    enough = n_draws * (1 + LEVEL) / 2
    better = np.zeros((count, count), dtype=bool)  # [row, other]: the other is better
    for row in range(count):
        better[row] = (draws > draws[row]).sum(axis=1) >= enough
    above, below = better.sum(axis=1), better.sum(axis=0)
    return [Rank(int(a) + 1, count - int(b)) for a, b in zip(above, below, strict=True)]
