"""The board: results of many runs brought together, a row per model and setting."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

from harness.leaderboard.entries import Entry, edition_of, entries_of, fit
from harness.leaderboard.records import Model, Rejected, Run, Setting, TaskResult
from harness.samples.counts import Count, genre_macro, micro
from harness.samples.scores import Averages
from mceval8k.errors import DataError
from mceval8k.registry import resolve
from mceval8k.statistics import Estimate
from mceval8k.task import GENRES, Task


@dataclass(frozen=True)
class Row:
    """A model, asked in one way."""

    model: Model
    setting: Setting
    entries: Mapping[str, Entry]
    """The newest result of each task, in the order of the registry."""
    genres: Mapping[str, Estimate]
    """Mean over the tasks of each genre that has all of the board's tasks."""
    averages: Averages | None
    """Both averages; None where a task of the board is missing."""

    @cached_property
    def results(self) -> Mapping[str, TaskResult]:
        """Result by task."""
        return {task: entry.result for task, entry in self.entries.items()}

    @cached_property
    def key(self) -> str:
        """Name of the row in files: the same for the same model and setting on any board."""
        text = json.dumps([asdict(self.model), asdict(self.setting)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Board:
    """All rows, best first, and what is not among them."""

    edition: str
    """SHA-256 of the manifest of the edition that all rows were asked."""
    tasks: tuple[Task, ...]
    """Tasks that averages are over."""
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]
    files: int
    """Result files that were read."""


def make_board(runs: Sequence[Run], *, tasks: str = "all", edition: str | None = None) -> Board:
    """Bring runs together.

    Parameters
    ----------
    runs
        Result files.
    tasks
        Tasks, genres or `all`: what the board is of. Averages are for rows that have all of them.
    edition
        First digits of the digest of the edition; by default that of most results.

    Raises
    ------
    DataError
        No result is left for the board, or none is of that edition.
    UsageError
        There is no such task.
    """
    chosen = resolve(tasks)
    entries = entries_of(runs)
    digest = edition_of(entries, edition)
    fitting, misfits = fit(entries, digest, {task.name for task in chosen})
    newest, replaced = _newest(fitting)
    rejected = [*(each for run in runs for each in run.rejected), *misfits, *replaced]
    rejected.sort(key=lambda each: (each.file, each.task, each.reason))
    if not newest:
        raise DataError(_nothing(rejected))
    rows = sorted((_row(*key, found, chosen) for key, found in newest.items()), key=_rank)
    return Board(digest, chosen, tuple(rows), tuple(rejected), len(runs))


def _nothing(rejected: Sequence[Rejected]) -> str:
    first = rejected[0]
    more = f" (and {len(rejected) - 1} more)" if len(rejected) > 1 else ""
    where = f"{first.file}, {first.task}" if first.task else first.file
    return f"no result can go on the board: {where}: {first.reason}{more}"


Newest = Mapping[tuple[Model, Setting], Mapping[str, Entry]]


def _newest(entries: Sequence[Entry]) -> tuple[Newest, list[Rejected]]:
    """By model and setting the newest result of each task, and those that are older."""
    newest: dict[tuple[Model, Setting], dict[str, Entry]] = defaultdict(dict)
    replaced = []
    for entry in sorted(entries, key=lambda each: each.age, reverse=True):
        row = newest[entry.run.model, entry.setting]
        kept = row.setdefault(entry.result.task, entry)
        if kept is not entry:
            reason = f"older than {kept.run.file}, of the same model and setting"
            replaced.append(Rejected(entry.run.file, entry.result.task, reason))
    return newest, replaced


def _row(model: Model, setting: Setting, found: Mapping[str, Entry], chosen: Sequence[Task]) -> Row:
    entries = {task.name: found[task.name] for task in chosen if task.name in found}
    counts: dict[str, list[Count]] = {}
    for genre in GENRES:
        members = [task.name for task in chosen if task.genre == genre]
        if members and all(name in entries for name in members):
            counts[genre] = [entries[name].result.count for name in members]
    averages = None
    if len(entries) == len(chosen):
        everything = [count for each in counts.values() for count in each]
        averages = Averages(micro(everything), genre_macro(counts))
    genres = {genre: genre_macro({genre: each}) for genre, each in counts.items()}
    return Row(model, setting, entries, genres, averages)


def _rank(row: Row) -> tuple[object, ...]:
    """Complete rows by genre-macro average, then the others by name."""
    score = row.averages.genre_macro.value if row.averages else -1.0
    return (-score, row.model.name, row.setting.label, row.key)
