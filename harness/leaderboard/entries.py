"""Results of many runs, and which of them can be compared with each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.leaderboard.records import Rejected, Run, Setting, TaskResult
from harness.leaderboard.reference import Reference, ReferenceTask
from harness.leaderboard.settings import most_frequent, part, references, settings
from mceval8k.errors import DataError
from mceval8k.task import Task

SHOWN = 12
"""Digits of an edition's digest in messages."""


@dataclass(frozen=True)
class Entry:
    """A result, its run, and the setting of the run."""

    run: Run
    setting: Setting
    result: TaskResult

    @property
    def age(self) -> tuple[str, str]:
        """What sorts results from old to new."""
        return self.run.date, self.run.file


def entries_of(runs: Sequence[Run], tasks: Mapping[str, Task]) -> list[Entry]:
    """All results of all runs; `tasks` are those whose packs' digests are known."""
    known = references((result for run in runs for result in run.results), tasks)
    return [
        Entry(run, named[part(result)], result)
        for run in runs
        for named in [settings(run, known)]
        for result in run.results
    ]


def edition_of(entries: Sequence[Entry], wanted: str | None) -> str:
    """Digest of the edition that a board is of.

    Parameters
    ----------
    entries
        Results.
    wanted
        First digits of a digest; None takes the edition of most results.

    Raises
    ------
    DataError
        No result is of the edition that is wanted, or the digits fit several.
    """
    counted = Counter(entry.result.edition for entry in entries)
    if wanted is None:
        return most_frequent(counted)
    matches = [digest for digest in counted if digest.startswith(wanted)]
    if len(matches) != 1:
        there = ", ".join(sorted(digest[:SHOWN] for digest in counted)) or "none"
        what = "fits several" if matches else "is of no result"
        raise DataError(f"the edition {wanted[:SHOWN]} {what}; editions of the results: {there}")
    return matches[0]


TestSplits = Mapping[str, ReferenceTask]
"""By task: the items that a board compares, and their groups."""


def test_splits(entries: Iterable[Entry], edition: str, reference: Reference | None) -> TestSplits:
    """Test splits of the edition; where it is not at hand, those that most results have."""
    if reference is not None:
        return reference.test
    counted: dict[str, Counter[ReferenceTask]] = defaultdict(Counter)
    for entry in entries:
        result = entry.result
        if result.edition == edition:
            split = ReferenceTask(result.ids_digest, result.group_numbers)
            counted[result.task][split] += 1
    return {task: _most_frequent(splits) for task, splits in counted.items()}


Kind = TypeVar("Kind", bound=ReferenceTask)


def _most_frequent(counted: Counter[Kind]) -> Kind:
    def order(split: Kind) -> tuple[int, str, bytes]:
        return -counted[split], split.ids_digest, split.group_numbers

    return min(counted, key=order)


def fit(
    entries: Sequence[Entry], edition: str, tasks: Mapping[str, Task], splits: TestSplits
) -> tuple[list[Entry], list[Rejected]]:
    """Results of an edition and of tasks, on the same items; and the others, with reasons."""
    fitting: list[Entry] = []
    rejected: list[Rejected] = []
    for entry in entries:
        if reason := _misfit(entry.result, edition, tasks, splits):
            rejected.append(Rejected(entry.run.file, entry.result.task, reason))
        else:
            fitting.append(entry)
    return fitting, rejected


def _misfit(result: TaskResult, edition: str, tasks: Mapping[str, Task], splits: TestSplits) -> str:
    if result.edition != edition:
        return f"another edition ({result.edition[:SHOWN]}; this board is of {edition[:SHOWN]})"
    if result.task not in tasks:
        return "no task of this board"
    split = splits[result.task]
    if result.ids_digest != split.ids_digest:
        return "other items than those of this edition"
    if result.group_numbers != split.group_numbers:
        return "its items are in other groups than those of this edition"
    return ""
