"""Two models on the same items: how far apart, and whether that is more than chance.

1. Of each task, the right answers of the first minus those of the second are summed by group.
2. The interval of the difference is a bootstrap over groups, the same in every language
   (`mceval8k.statistics.portable`), so that the pages of a board show the same numbers.
3. p is that of McNemar's exact test, with groups instead of items where a group has several: if
   both were alike, each group's sum could as well have had the other sign. Over tasks, p values are
   adjusted by Holm's method.
4. Genres and averages are weighted means over tasks, which are drawn independently. Their p is by
   the normal approximation of the same changes of sign; that of all items together is exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mceval8k.statistics import (
    MIN_GROUPS,
    Estimate,
    holm,
    paired_test,
    percentile_interval,
    portable_resample,
    seed_of,
)

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pair:
    """Answers of two models to the items of one task."""

    task: str
    genre: str
    first: Bools
    """Whether the first is right, [item]."""
    second: Bools
    """Whether the second is right, [item]."""
    groups: npt.NDArray[np.uint32]
    """Group of each item, numbered from 0 as they come, [item]."""
    chance: float
    """Expected accuracy of a uniform guess."""

    @property
    def sums(self) -> Floats:
        """First minus second, [group]."""
        gains = self.first.astype(np.float64) - self.second
        return np.asarray(np.bincount(self.groups, gains), np.float64)

    @property
    def sizes(self) -> Floats:
        """Items, [group]."""
        return np.bincount(self.groups).astype(np.float64)


@dataclass(frozen=True)
class Comparison:
    """Two models on one task, genre or average."""

    name: str
    level: str
    """`task`, `genre` or `average`."""
    n: int
    """Items."""
    first: float
    second: float
    difference: Estimate
    """First less second; without bounds where a task has fewer than 10 groups."""
    only_first: int
    """Items that only the first gets right."""
    only_second: int
    p: float
    p_holm: float
    """p adjusted for the number of tasks; NaN for genres and averages."""


def compare(pairs: Sequence[Pair]) -> tuple[Comparison, ...]:
    """Compare two models on tasks: averages first, then genres, then tasks.

    Returns
    -------
    tuple of Comparison
        The averages are `chance_corrected`, the genre-macro average of
        (accuracy − chance) / (1 − chance); `genre_macro`; and `micro`.
    """
    tasks = [_Task(pair) for pair in pairs]
    genres: dict[str, list[_Task]] = {}
    for task in tasks:
        genres.setdefault(task.pair.genre, []).append(task)
    macro = {task.pair.task: 1 / len(genres) / len(genres[task.pair.genre]) for task in tasks}
    corrected = {task.pair.task: macro[task.pair.task] / (1 - task.pair.chance) for task in tasks}
    offset = sum(corrected[task.pair.task] * task.pair.chance for task in tasks)
    adjusted = holm([task.p for task in tasks])
    return (
        _mean("chance_corrected", "average", tasks, corrected, offset),
        _mean("genre_macro", "average", tasks, macro),
        _micro(tasks),
        *(
            _mean(genre, "genre", members, dict.fromkeys(macro, 1 / len(members)))
            for genre, members in genres.items()
        ),
        *(task.comparison(p) for task, p in zip(tasks, adjusted.tolist(), strict=True)),
    )


class _Task:
    """A pair, and what several lines need of it."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.n = len(pair.first)
        self.only_first = int((pair.first & ~pair.second).sum())
        self.only_second = int((pair.second & ~pair.first).sum())
        self.accuracies = float(pair.first.mean()), float(pair.second.mean())
        self.sums, self.sizes = pair.sums, pair.sizes
        resamples = portable_resample(np.arange(len(self.sums)), seed=seed_of(pair.task))
        self.drawn = resamples.sums(np.column_stack([self.sums, self.sizes]))
        self.is_bounded = len(self.sums) >= MIN_GROUPS
        self.p = paired_test(pair.first[:, None], pair.second, pair.groups)[0]

    @property
    def draws(self) -> Floats:
        """Drawn differences of the accuracies [draw]."""
        drawn: Floats = self.drawn[:, 0] / self.drawn[:, 1]
        return drawn

    def comparison(self, adjusted: float) -> Comparison:
        """Line of the task."""
        return _line(self.pair.task, "task", [self], self.accuracies, self.draws, self.p, adjusted)


def _mean(
    name: str,
    level: str,
    tasks: Sequence[_Task],
    weights: Mapping[str, float],
    offset: float = 0.0,
) -> Comparison:
    own = [weights[task.pair.task] for task in tasks]
    first, second = (
        sum(weight * task.accuracies[which] for weight, task in zip(own, tasks, strict=True))
        - offset
        for which in (0, 1)
    )
    draws = sum(weight * task.draws for weight, task in zip(own, tasks, strict=True))
    variance = sum(
        (weight / task.n) ** 2 * float((task.sums**2).sum())
        for weight, task in zip(own, tasks, strict=True)
    )
    p = math.erfc(abs(first - second) / math.sqrt(2 * variance)) if variance else 1.0
    return _line(name, level, tasks, (first, second), np.asarray(draws), p)


def _micro(tasks: Sequence[_Task]) -> Comparison:
    n = sum(task.n for task in tasks)
    first, second = (sum(task.accuracies[k] * task.n for task in tasks) / n for k in (0, 1))
    drawn = np.sum([task.drawn for task in tasks], axis=0)
    starts = np.cumsum([0, *(len(task.sums) for task in tasks)])
    groups = np.concatenate(
        [task.pair.groups + start for task, start in zip(tasks, starts, strict=False)]
    )
    right = [np.concatenate([getattr(t.pair, each) for t in tasks]) for each in ("first", "second")]
    p = paired_test(right[0][:, None], right[1], groups)[0]
    return _line("micro", "average", tasks, (first, second), drawn[:, 0] / drawn[:, 1], p)


def _line(
    name: str,
    level: str,
    tasks: Sequence[_Task],
    accuracies: tuple[float, float],
    draws: Floats,
    p: float,
    adjusted: float = math.nan,
) -> Comparison:
    is_bounded = all(task.is_bounded for task in tasks)
    value = accuracies[0] - accuracies[1]
    return Comparison(
        name=name,
        level=level,
        n=sum(task.n for task in tasks),
        first=accuracies[0],
        second=accuracies[1],
        difference=percentile_interval(value, draws if is_bounded else draws[:0]),
        only_first=sum(task.only_first for task in tasks),
        only_second=sum(task.only_second for task in tasks),
        p=p,
        p_holm=adjusted,
    )
