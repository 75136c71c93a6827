"""Which tasks of an edition a run uses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mceval8k.editions import Edition
from mceval8k.errors import UsageError
from mceval8k.registry import all_tasks, resolve
from mceval8k.task import Task


@dataclass(frozen=True)
class Selection:
    """Selected tasks, and those that could not be selected."""

    tasks: tuple[Task, ...]
    skipped: tuple[str, ...]
    """Tasks of a genre or of `all` that the edition has not got; none where it has no task of the
    benchmark."""


def select_tasks(names: str, edition: Edition) -> Selection:
    """Tasks named by a comma-separated list of tasks, genres or `all`.

    Raises
    ------
    UsageError
        A name is unknown, or the edition lacks a task named by itself, or all of them.
    """
    wanted = resolve(names, edition.own_tasks)
    there: Collection[str] = edition.tasks
    missing = tuple(task.name for task in wanted if task.name not in there)
    by_name = {name.strip() for name in names.split(",")}
    if lacking := [name for name in missing if name in by_name]:
        raise UsageError(
            f"edition {edition.name} has no task {lacking[0]!r}; it has: {', '.join(there)}"
        )
    if len(missing) == len(wanted):
        raise UsageError(f"edition {edition.name} has no task of {names!r}")
    skipped = () if all_tasks().keys().isdisjoint(there) else missing
    return Selection(tuple(task for task in wanted if task.name in there), skipped)
