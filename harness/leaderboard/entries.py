"""Results of many runs, and which of them can be compared with each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from harness.leaderboard.records import Rejected, Run, Setting, TaskResult
from harness.leaderboard.settings import most_frequent, part, references, settings
from mceval8k.errors import DataError

SHOWN = 12
"""Digits of an edition's digest in messages."""


@dataclass(frozen=True)
class Entry:
    """A result, the run that it is of, and how the run asked."""

    run: Run
    setting: Setting
    result: TaskResult

    @property
    def age(self) -> tuple[str, str]:
        """What sorts results from old to new."""
        return self.run.date, self.run.file


def entries_of(runs: Sequence[Run]) -> list[Entry]:
    """All results of all runs."""
    known = references(result for run in runs for result in run.results)
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
        raise DataError(f"--edition-digest {wanted} {what}; editions of the results: {there}")
    return matches[0]


def fit(
    entries: Sequence[Entry], edition: str, tasks: Collection[str]
) -> tuple[list[Entry], list[Rejected]]:
    """Results of an edition and of tasks, asked the same items; and the others, with reasons."""
    fitting, rejected = [], []
    items = _items(entry for entry in entries if entry.result.edition == edition)
    for entry in entries:
        if reason := _misfit(entry.result, edition, tasks, items):
            rejected.append(Rejected(entry.run.file, entry.result.task, reason))
        else:
            fitting.append(entry)
    return fitting, rejected


def _items(entries: Iterator[Entry]) -> dict[str, str]:
    """Digest of the items that most results of each task have."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        counted[entry.result.task][entry.result.ids_digest] += 1
    return {task: most_frequent(digests) for task, digests in counted.items()}


def _misfit(result: TaskResult, edition: str, tasks: Collection[str], items: dict[str, str]) -> str:
    if result.edition != edition:
        return f"another edition ({result.edition[:SHOWN]}; this board is of {edition[:SHOWN]})"
    if result.task not in tasks:
        return "no task of this board"
    if result.ids_digest != items[result.task]:
        return "asked other items than most results of this edition"
    return ""
