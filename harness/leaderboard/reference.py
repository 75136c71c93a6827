"""The edition that a board is of, where it is at hand: what its results are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.leaderboard.condensing import numbered
from harness.tasks.order import by_id, ids_digest
from mceval8k.editions import open_edition
from mceval8k.editions.edition import Edition
from mceval8k.editions.selection import select_tasks
from mceval8k.editions.shortcuts import strongest_shortcuts
from mceval8k.task import Task


@dataclass(frozen=True)
class ReferenceTask:
    """The test split of a task."""

    ids_digest: str
    """SHA-256 of the items' ids in the order of the requests, one per line."""
    group_numbers: bytes
    """uint32 [item] As of `TaskResult`."""


@dataclass(frozen=True)
class Reference:
    """An edition."""

    name: str
    digest: str
    tasks: tuple[Task, ...]
    """Tasks that the board is of, the edition's own ones among them."""
    test: Mapping[str, ReferenceTask]
    """Test splits by task."""
    shortcuts: Mapping[str, float] = field(default_factory=dict)
    """By task: test accuracy of the strongest baseline that never reads the question."""
    revision: str | None = None
    """Commit, of an edition on the Hub."""


def read_reference(edition: str, *, tasks: str, revision: str | None = None) -> Reference:
    """Open an edition and read its test splits.

    Parameters
    ----------
    edition, revision
        Directory or Hub id, and its branch, tag or commit.
    tasks
        Tasks, genres or `all`.

    Raises
    ------
    UsageError
        There is no such edition, or it has no such task.
    DataError
        It is damaged.
    """
    opened = open_edition(edition, revision=revision)
    chosen = select_tasks(tasks, opened).tasks
    test = {task.name: _test(opened, task) for task in chosen}
    shortcuts = {name: each.accuracy for name, each in strongest_shortcuts(opened).items()}
    return Reference(opened.name, opened.digest, chosen, test, shortcuts, opened.revision)


def _test(edition: Edition, task: Task) -> ReferenceTask:
    items = by_id(edition.load(task.name)["test"])
    groups = numbered(items["group"])
    return ReferenceTask(ids_digest(items["id"]), groups.tobytes())
