"""The rows of a task in all its splits, with what several checks need of them computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from builders.audit.facts import compared_text, shared_keys
from mceval8k.editions import SPLITS, Edition
from mceval8k.task import Item, Task
from mceval8k.text import normalise

REPAIRED = "clean"
"""Kind of an edition that `mceval8k repair` made."""


@dataclass(frozen=True, eq=False)
class TaskRows:
    """A task's rows, split after split; two of them are the same only if they are one."""

    task: Task
    """Whose rows they are."""
    items: tuple[Item, ...]
    """Rows of all splits."""
    splits: tuple[str, ...]
    """Split of each row."""
    repaired: bool = False
    """Whether options that are drawn were drawn by others, whose rows were only chosen from."""

    @property
    def of(self) -> int:
        """Number of rows."""
        return len(self.items)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Rows by split."""
        return {name: self.splits.count(name) for name in SPLITS}

    @cached_property
    def ids(self) -> Sequence[str]:
        """Id of each row."""
        return [str(item["id"]) for item in self.items]

    @cached_property
    def questions(self) -> Sequence[str]:
        """Normalised question of each row."""
        return [normalise(item["question"]) for item in self.items]

    @cached_property
    def options(self) -> Sequence[tuple[str, ...]]:
        """Normalised options of each row."""
        return [tuple(normalise(option or "") for option in item["options"]) for item in self.items]

    @cached_property
    def labels(self) -> Sequence[int]:
        """Position of the gold of each row."""
        return [int(item["label"]) for item in self.items]

    @cached_property
    def golds(self) -> Sequence[str]:
        """Normalised gold of each row."""
        return [row[label] for row, label in zip(self.options, self.labels, strict=True)]

    @cached_property
    def inputs(self) -> Sequence[tuple[str, str, tuple[str, ...]]]:
        """What each row gives to a model: language, question and options, these in any order."""
        langs = (item["lang"] for item in self.items)
        parts = zip(langs, self.questions, self.options, strict=True)
        return [(lang, question, tuple(sorted(options))) for lang, question, options in parts]

    @cached_property
    def texts(self) -> Sequence[str]:
        """Text of each row by which near-duplicates are sought."""
        return [compared_text(self.task, item) for item in self.items]

    @cached_property
    def keys(self) -> Sequence[frozenset[str]]:
        """What each row must not share with a row of another split."""
        return [frozenset(shared_keys(self.task, item)) for item in self.items]

    @cached_property
    def distinct(self) -> Sequence[int]:
        """Rows that ask something, and have a gold, that no row before them has."""
        seen: dict[object, int] = {}
        for row, content in enumerate(zip(self.inputs, self.golds, strict=True)):
            seen.setdefault(content, row)
        return list(seen.values())

    @cached_property
    def chance(self) -> float:
        """Accuracy of a guess among each distinct row's options."""
        return sum(1 / len(self.options[row]) for row in self.distinct) / len(self.distinct)

    def in_split(self, name: str) -> NDArray[np.int64]:
        """Rows of a split."""
        return np.flatnonzero(np.array(self.splits) == name)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Pairs of splits that have rows."""
        return combinations([name for name in SPLITS if self.counts[name]], 2)

    def splits_of(self, rows: Iterable[int]) -> tuple[str, ...]:
        """Splits in which rows lie."""
        found = {self.splits[row] for row in rows}
        return tuple(name for name in SPLITS if name in found)


def read_rows(edition: Edition, name: str) -> TaskRows:
    """Read a task's rows.

    Raises
    ------
    DataError
        A file is damaged, or holds a row that is no item.
    """
    data = edition.load(name)
    items = [(split, item) for split in SPLITS for item in data[split].to_list()]
    return TaskRows(
        edition.task(name),
        tuple(item for _, item in items),
        tuple(split for split, _ in items),
        repaired=edition.layout.kind == REPAIRED,
    )
