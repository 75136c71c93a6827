"""The audit of an edition: every check on every task, in one or more processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from builders.audit.checks import all_checks
from builders.audit.finding import Finding
from builders.audit.rows import read_rows
from builders.processes import in_order
from mceval8k.editions import Edition, open_edition
from mceval8k.errors import UsageError
from mceval8k.registry import resolve


@dataclass(frozen=True)
class TaskAudit:
    """What the checks found in a task."""

    task: str
    """Name of the task."""
    counts: Mapping[str, int]
    """Rows by split."""
    findings: tuple[Finding, ...]
    """Findings, in the order of the checks."""


@dataclass(frozen=True)
class Audit:
    """What the checks found in an edition."""

    edition: str
    """What the user called it."""
    tasks: tuple[TaskAudit, ...]
    """Tasks, in the registry's order."""

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not any(found.severity == "error" for each in self.tasks for found in each.findings)

    def to_json(self) -> dict[str, Any]:
        """Counts and findings by task."""
        return {
            "edition": self.edition,
            "tasks": {
                each.task: {
                    "counts": dict(each.counts),
                    "findings": [found.to_json() for found in each.findings],
                }
                for each in self.tasks
            },
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Audit:
        """Read what `to_json` gave."""
        return cls(
            content["edition"],
            tuple(
                TaskAudit(name, task["counts"], tuple(map(Finding.from_json, task["findings"])))
                for name, task in content["tasks"].items()
            ),
        )


def audit(
    edition: Edition,
    tasks: str = "all",
    *,
    processes: int = 1,
    tell: Callable[[TaskAudit], object] = id,
) -> Audit:
    """Run all checks on tasks of an edition; the result does not depend on `processes`.

    Parameters
    ----------
    edition
        An edition in either layout.
    tasks
        Tasks or genres, comma-separated, or `all` that the edition has.
    processes
        How many share the tasks.
    tell
        Called after each task, in order.

    Raises
    ------
    UsageError
        A name is unknown, or a task that is named itself is not in the edition.
    DataError
        A file is damaged, or holds a row that is no item.
    """
    names = tasks_of(edition, tasks)
    done = []
    for each in in_order(partial(audit_task, edition.path), names, processes):
        tell(each)
        done.append(each)
    return Audit(edition.name, tuple(done))


def audit_task(path: Path, name: str) -> TaskAudit:
    """Run all checks on a task of the edition in a folder."""
    rows = read_rows(open_edition(path), name)
    findings = tuple(found for check in all_checks() for found in check.find(rows))
    return TaskAudit(name, rows.counts, findings)


def tasks_of(edition: Edition, names: str) -> Sequence[str]:
    """Tasks of an edition that a comma-separated list names.

    Raises
    ------
    UsageError
        A name is unknown, or nothing of it is in the edition.
    """
    words = {word.strip() for word in names.split(",")}
    wanted = [task.name for task in resolve(names)]
    missing = [name for name in wanted if name not in edition.tasks]
    chosen = [name for name in wanted if name in edition.tasks]
    if absent := [name for name in missing if name in words]:
        raise UsageError(f"edition {edition.name} has no task {absent[0]!r}")
    if not chosen:
        raise UsageError(f"edition {edition.name} has none of the tasks {names!r}")
    return chosen
