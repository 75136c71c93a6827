"""What an audit found, and its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from builders.audit.finding import Finding
from mceval8k.editions.shortcuts import Shortcut

RATE = 0.01
"""False discovery rate of the findings reported by tests."""


@dataclass(frozen=True)
class TaskAudit:
    """What the checks found in a task."""

    task: str
    """Name of the task."""
    counts: Mapping[str, int]
    """Rows by split."""
    findings: tuple[Finding, ...]
    """Findings, in the order of the checks."""
    shortcut: Shortcut | None = None
    """Strongest shortcut; None if no baseline is noticeably above chance."""

    def to_json(self) -> dict[str, Any]:
        """Fields but the name."""
        return {
            "counts": dict(self.counts),
            "shortcut": None if self.shortcut is None else self.shortcut.to_json(),
            "findings": [found.to_json() for found in self.findings],
        }

    @classmethod
    def from_json(cls, name: str, content: Mapping[str, Any]) -> TaskAudit:
        """Read what `to_json` gave."""
        shortcut = content.get("shortcut")
        return cls(
            name,
            content["counts"],
            tuple(map(Finding.from_json, content["findings"])),
            None if shortcut is None else Shortcut.from_json(shortcut),
        )


class Tests(NamedTuple):
    """The statistical tests of an audit."""

    done: int
    """How many there were."""
    rejected: int
    """How many are significant at a false discovery rate of `RATE` (Benjamini and Hochberg)."""


_NONE = Tests(0, 0)


@dataclass(frozen=True)
class Audit:
    """What the checks found in an edition."""

    edition: str
    """What the user called it."""
    tasks: tuple[TaskAudit, ...]
    """Tasks, in the registry's order."""
    tests: Tests = _NONE
    """Statistical tests over all tasks."""

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not any(found.severity == "error" for each in self.tasks for found in each.findings)

    def to_json(self) -> dict[str, Any]:
        """Tests over all, and counts, shortcut and findings by task."""
        return {
            "edition": self.edition,
            "tests": {**self.tests._asdict(), "false_discovery_rate": RATE},
            "tasks": {each.task: each.to_json() for each in self.tasks},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Audit:
        """Read what `to_json` gave."""
        tests = content["tests"]
        return cls(
            content["edition"],
            tuple(TaskAudit.from_json(name, task) for name, task in content["tasks"].items()),
            Tests(tests["done"], tests["rejected"]),
        )
