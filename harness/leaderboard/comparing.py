"""Two runs, read from their result files and compared on the tasks that both have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.leaderboard.collecting import collect
from harness.leaderboard.entries import Entry, entries_of
from harness.leaderboard.finding import find_results
from harness.leaderboard.records import TaskResult
from harness.metrics.comparison import Comparison, Pair, compare
from mceval8k.errors import DataError, UsageError
from mceval8k.registry import all_tasks
from mceval8k.task import OWN, Task


@dataclass(frozen=True)
class RunComparison:
    """Two runs, and how they differ."""

    first: str
    """Model and setting."""
    second: str
    edition: str
    """SHA-256 of the edition's manifest."""
    lines: tuple[Comparison, ...]
    """Averages, genres, tasks."""
    notes: tuple[str, ...]
    """What a reader must know: results that were left out, settings that differ."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values; what is not known is None."""
        return {
            "first": self.first,
            "second": self.second,
            "edition_digest": self.edition,
            "notes": list(self.notes),
            "comparisons": [_plain(asdict(line)) for line in self.lines],
        }


def compare_runs(
    first: str | Path, second: str | Path, *, own: Iterable[Task] = ()
) -> RunComparison:
    """Compare two runs item by item.

    Parameters
    ----------
    first, second
        Result files of lm-eval with samples beside them, or folders of one model's result files.
    own
        Tasks that the edition brings along; without their records, their genre is called `own`.

    Raises
    ------
    UsageError
        A path does not exist, or a folder holds results of several models or settings.
    DataError
        Nothing in a run passes the checks of a board, or the runs have no task in common that was
        given the same items.
    """
    known = {**all_tasks(), **{task.name: task for task in own}}
    runs = [_read(Path(place), known) for place in (first, second)]
    one, two = (run.results for run in runs)
    shared = [name for name in (*known, *sorted(one)) if name in one and name in two]
    names = list(dict.fromkeys(shared))
    if not names:
        raise DataError(f"{first} and {second} have no task in common")
    for name in names:
        _check_same_items(one[name], two[name])
    lines = compare([_pair(one[name], two[name], known) for name in names])
    labels = [run.label for run in runs]
    notes = [note for run in runs for note in run.notes]
    if left := sorted({*one} ^ {*two}):
        notes.append(f"in one of the two only: {', '.join(left)}")
    if runs[0].setting != runs[1].setting:
        notes.append("settings differ: the difference is of model and setting together")
    return RunComparison(labels[0], labels[1], one[names[0]].edition, lines, tuple(notes))


@dataclass(frozen=True)
class _Read:
    """What was read of one run."""

    label: str
    setting: str
    results: Mapping[str, TaskResult]
    notes: tuple[str, ...]


def _read(place: Path, tasks: Mapping[str, Task]) -> _Read:
    runs = collect(find_results([place]), use_cache=False)
    entries = sorted(entries_of(runs, tasks), key=lambda entry: entry.age)
    rejected = [each for run in runs for each in run.rejected]
    if not entries:
        raise DataError(f"{place}: {rejected[0].task or 'no result'}: {rejected[0].reason}")
    notes = [f"left out of {place}: {each.task or each.file}: {each.reason}" for each in rejected]
    plain = [entry for entry in entries if not entry.result.rotation]
    if plain and len(plain) < len(entries):
        notes.append(f"{place}: only the items as they are, without rotations, are compared")
        entries = plain
    names = sorted({_label(entry) for entry in entries})
    if len(names) > 1:
        raise UsageError(f"{place} holds several runs: name one file; {'; '.join(names)}")
    results = {entry.result.task: entry.result for entry in entries}
    return _Read(names[0], entries[0].setting.label, results, tuple(notes))


def _label(entry: Entry) -> str:
    model = entry.run.model
    parts = (model.name, model.revision, model.dtype, model.variant, entry.setting.label)
    return " · ".join(filter(None, parts))


def _check_same_items(one: TaskResult, two: TaskResult) -> None:
    if one.edition != two.edition:
        raise DataError(
            f"{one.task}: the runs are of two editions, {one.edition[:12]} and {two.edition[:12]}"
        )
    if (one.ids_digest, one.group_numbers) != (two.ids_digest, two.group_numbers):
        raise DataError(f"{one.task}: the runs have different items")


def _pair(one: TaskResult, two: TaskResult, tasks: Mapping[str, Task]) -> Pair:
    genre = tasks[one.task].genre if one.task in tasks else OWN
    return Pair(one.task, genre, one.is_correct, two.is_correct, one.groups, one.chance)


def _plain(line: dict[str, Any]) -> dict[str, Any]:
    difference = line.pop("difference")
    flat = {**line, "difference": difference["value"]}
    flat |= {name: difference[name] for name in ("low", "high")}
    return {
        key: None if isinstance(value, float) and math.isnan(value) else value
        for key, value in flat.items()
    }
