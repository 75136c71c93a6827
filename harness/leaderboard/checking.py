"""Whether result files could go on a board: what a submitter learns before submitting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harness.leaderboard.entries import Entry, edition_of, entries_of, fit, test_splits
from harness.leaderboard.records import Rejected, Run, grouped
from harness.leaderboard.reference import Reference
from mceval8k.registry import resolve


@dataclass(frozen=True)
class Check:
    """What can go on a board, and what cannot."""

    fitting: tuple[Entry, ...]
    rejected: tuple[Rejected, ...]
    missing: tuple[str, ...]
    """Tasks of the board that no result is of: without them there are no averages."""

    @property
    def is_fit(self) -> bool:
        """Whether there is a result and none is refused."""
        return bool(self.fitting) and not self.rejected

    def lines(self) -> Iterator[str]:
        """The outcome in words."""
        for file, names, reason in grouped(self.rejected):
            yield f"refused: {file}{f' ({names})' if names else ''}: {reason}"
        for entry in self.fitting:
            count, name = entry.result.count, entry.run.model.name
            setting = f"{entry.result.task}, {entry.setting.label}"
            yield f"fits: {name}, {setting}: {count.correct} of {count.n} right"
        if self.missing:
            yield f"no averages without: {', '.join(self.missing)}"
        for file in sorted({e.run.file for e in self.fitting if not e.run.prompts_checked}):
            yield f"{file}: unknown whether every prompt fitted (`mceval8k eval` checks it)"

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "fits": self.is_fit,
            "results": [
                {
                    "file": entry.run.file,
                    "model": asdict(entry.run.model),
                    "setting": entry.setting.label,
                    "task": entry.result.task,
                    "correct": entry.result.count.correct,
                    "n": entry.result.n,
                }
                for entry in self.fitting
            ],
            "refused": [asdict(each) for each in self.rejected],
            "missing_tasks": list(self.missing),
        }


def check(runs: Sequence[Run], *, tasks: str = "all", reference: Reference | None = None) -> Check:
    """Check runs on their own, or against the edition that a board is of.

    Raises
    ------
    UsageError
        There is no such task.
    """
    chosen = resolve(tasks) if reference is None else reference.tasks
    by_name = {task.name: task for task in chosen}
    entries = entries_of(runs, by_name)
    digest = edition_of(entries, None) if reference is None else reference.digest
    splits = test_splits(entries, digest, reference)
    fitting, misfits = fit(entries, digest, by_name, splits)
    rejected = [*(each for run in runs for each in run.rejected), *misfits]
    there = {entry.result.task for entry in fitting}
    missing = (name for name in by_name if name not in there)
    return Check(tuple(fitting), tuple(rejected), tuple(missing))
