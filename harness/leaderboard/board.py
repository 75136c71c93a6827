"""The board: results of many runs brought together, a row per model and setting."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

from harness.leaderboard.entries import Entry, TestSplits, edition_of, entries_of, fit, test_splits
from harness.leaderboard.ranking import Rank
from harness.leaderboard.records import Model, Rejected, Run, Setting, TaskResult
from harness.leaderboard.reference import Reference
from harness.leaderboard.scoring import Scores, chances_of, genres_of, score_rows
from harness.leaderboard.short_names import short_names
from mceval8k.errors import DataError
from mceval8k.registry import resolve
from mceval8k.statistics import Estimate
from mceval8k.task import Task


@dataclass(frozen=True)
class Row:
    """A model and a setting."""

    model: Model
    setting: Setting
    entries: Mapping[str, Entry]
    """The newest result of each task, in the order of the board's tasks."""
    scores: Scores
    """Averages; None where a task of the board is missing."""
    rank: Rank | None
    """Among the complete rows of its setting."""

    @cached_property
    def results(self) -> Mapping[str, TaskResult]:
        """Result by task."""
        return {task: entry.result for task, entry in self.entries.items()}

    @cached_property
    def key(self) -> str:
        """Name of the row in files: the same for the same model and setting on any board."""
        text = json.dumps([asdict(self.model), asdict(self.setting)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def parameters(self) -> int:
        """Of the model; 0 where no run knows it."""
        return max(entry.run.parameters for entry in self.entries.values())

    @property
    def prompts_checked(self) -> bool:
        """Whether every prompt of every run was seen to fit the model."""
        return all(entry.run.prompts_checked for entry in self.entries.values())

    @property
    def genres(self) -> Mapping[str, Estimate]:
        """Mean accuracy over the tasks of each genre that is complete."""
        return self.scores.genres


@dataclass(frozen=True)
class Board:
    """All rows, best first, and what is not among them."""

    edition: str
    """SHA-256 of the manifest of the edition that all rows were evaluated on."""
    tasks: tuple[Task, ...]
    """Tasks that averages are over."""
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]
    runs: tuple[Run, ...]
    """Result files that were read."""
    shortcuts: Mapping[str, float] = field(default_factory=dict)
    """By task, where known: accuracy of the strongest baseline that never reads the question."""

    @cached_property
    def genres(self) -> Mapping[str, tuple[str, ...]]:
        """Tasks of each genre."""
        return genres_of(self.tasks)

    @cached_property
    def chances(self) -> Mapping[str, float]:
        """By task that any row has: accuracy of a uniform guess."""
        return chances_of(row.results for row in self.rows)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """By task that any row has: items."""
        return {task: result.n for row in self.rows for task, result in row.results.items()}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages of the tasks that have several, English first."""
        found: set[str] = set()
        for row in self.rows:
            for result in row.results.values():
                if len(result.languages) > 1:
                    found.update(result.languages)
        return tuple(sorted(found, key=lambda lang: (lang != "en", lang)))

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """What tables call each model, by its name."""
        return short_names([row.model.name for row in self.rows])

    @cached_property
    def main_setting(self) -> str:
        """Setting that the pages show first: that of most complete rows, then of most rows."""
        counted = Counter(row.setting.label for row in self.rows)
        complete = Counter(row.setting.label for row in self.rows if row.rank)
        return min(counted, key=lambda label: (-complete[label], -counted[label], label))


def make_board(
    runs: Sequence[Run],
    *,
    tasks: str = "all",
    edition: str | None = None,
    reference: Reference | None = None,
) -> Board:
    """Bring runs together.

    Parameters
    ----------
    runs
        Result files.
    tasks
        Tasks, genres or `all`: what the board is of. Averages are for rows that have all of them.
    edition
        First digits of the digest of the edition; by default that of most results.
    reference
        The edition itself, with the tasks that the board is of.

    Raises
    ------
    DataError
        No result is left for the board, or none is of that edition.
    UsageError
        There is no such task.
    """
    chosen = resolve(tasks) if reference is None else reference.tasks
    by_name = {task.name: task for task in chosen}
    entries = entries_of(runs, by_name)
    digest = edition_of(entries, edition if reference is None else reference.digest)
    splits: TestSplits = test_splits(entries, digest, reference)
    fitting, misfits = fit(entries, digest, by_name, splits)
    newest, replaced = _newest(fitting)
    rejected = [*(each for run in runs for each in run.rejected), *misfits, *replaced]
    rejected.sort(key=lambda each: (each.file, each.task, each.reason))
    if not newest:
        raise DataError(_nothing(rejected))
    return Board(
        edition=digest,
        tasks=chosen,
        rows=tuple(sorted(_rows(newest, chosen), key=_order)),
        rejected=tuple(rejected),
        runs=tuple(runs),
        shortcuts=dict(reference.shortcuts) if reference else {},
    )


def _nothing(rejected: Sequence[Rejected]) -> str:
    if not rejected:
        return "no result can go on the board: there is none"
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


def _rows(newest: Newest, chosen: Sequence[Task]) -> list[Row]:
    """Rows; those of one setting are ranked with each other."""
    settings: dict[Setting, list[tuple[Model, Mapping[str, Entry]]]] = defaultdict(list)
    for (model, setting), found in newest.items():
        entries = {task.name: found[task.name] for task in chosen if task.name in found}
        settings[setting].append((model, entries))
    return [
        Row(model, setting, entries, scores, rank)
        for setting, members in settings.items()
        for (model, entries), (scores, rank) in zip(
            members,
            score_rows(
                [{n: e.result for n, e in entries.items()} for _, entries in members],
                genres_of(chosen),
            ),
            strict=True,
        )
    ]


def _order(row: Row) -> tuple[object, ...]:
    """Complete rows by the headline, then the others by name."""
    score = row.scores.headline.value if row.scores.headline else -9.0
    return (-score, row.model.name, row.setting.label, row.key)
