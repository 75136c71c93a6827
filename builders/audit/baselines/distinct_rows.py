"""The distinct rows of a task, which baselines are measured on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from builders.audit.rows import TaskRows
from builders.making.grouping import components
from mceval8k.task import Task
from mceval8k.text import normalise


class Guess(NamedTuple):
    """What a baseline gets right."""

    reads: str
    """What it goes by: 'the longest option', '`premise` alone'."""
    credit: NDArray[np.float64]
    """Credit for each distinct row: 1 if right, 0 if wrong, 1/n for a tie of n."""
    whole: bool = False
    """Whether it reads the whole question, and words are what the task is about."""
    by_options: bool = False
    """Whether it reads nothing but the options."""
    probabilities: NDArray[np.float64] | None = None
    """Probability of each label [row, label], for a reader of the whole with fixed options."""


@dataclass(frozen=True, eq=False)
class DistinctRows:
    """The distinct rows of a task."""

    rows: TaskRows
    """All rows."""

    @property
    def task(self) -> Task:
        """Whose rows they are."""
        return self.rows.task

    @cached_property
    def options(self) -> Sequence[tuple[str, ...]]:
        """Normalised options of each row."""
        return [self.rows.options[row] for row in self.rows.distinct]

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """Position of the gold of each row."""
        return np.array([self.rows.labels[row] for row in self.rows.distinct], dtype=np.int64)

    @cached_property
    def languages(self) -> NDArray[np.str_]:
        """Language of each row."""
        return np.array([self.rows.items[row]["lang"] for row in self.rows.distinct], dtype=np.str_)

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """Number of each row's group; rows that share anything are in one."""
        names = components([sorted(self.rows.keys[row]) for row in self.rows.distinct])
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        return np.array([numbers[name] for name in names], dtype=np.int64)

    @property
    def constant(self) -> bool:
        """Whether every row asks the same question, so that the options are what is read."""
        return len(set(self.rows.questions)) == 1

    def column(self, name: str) -> list[str]:
        """Normalised text of each row in a column of texts, or of lists of tokens."""
        values = (self.rows.items[row][name] or "" for row in self.rows.distinct)
        return [normalise(each if isinstance(each, str) else " ".join(each)) for each in values]

    def by_language(self) -> Iterator[NDArray[np.int64]]:
        """Rows of each language; all in one where the language is the question."""
        if self.task.prompt_language is not None:
            yield np.arange(len(self.labels))
            return
        for lang in sorted(set(self.languages)):
            yield np.flatnonzero(self.languages == lang)

    @cached_property
    def chance(self) -> float:
        """Accuracy of a guess: one of the options or, where these are fixed, the most frequent."""
        if self.task.fixed_options is None:
            return self.rows.chance
        most = (np.bincount(self.labels[part]).max() for part in self.by_language())
        return float(sum(most)) / len(self.labels)


def credit(found: Sequence[float], gold: int) -> float:
    """Credit for choosing the highest score where the gold is given."""
    best = max(found)
    return 1 / list(found).count(best) if found[gold] == best else 0.0


def credits_of(scores: Sequence[Sequence[float]], golds: Sequence[int]) -> NDArray[np.float64]:
    """Credit for each row of scores [row][option]."""
    return np.array(
        [credit(row, gold) for row, gold in zip(scores, golds, strict=True)], dtype=float
    )
