"""The registry: every task record below `mceval8k.tasks`, by name."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

import mceval8k.tasks
from mceval8k.errors import UsageError
from mceval8k.task import GENRES, Task


@cache
def all_tasks() -> Mapping[str, Task]:
    """All tasks by name, ordered by genre and then by module name."""
    prefix = mceval8k.tasks.__name__ + "."
    found = [
        importlib.import_module(module.name).TASK
        for module in pkgutil.walk_packages(mceval8k.tasks.__path__, prefix)
        if not module.ispkg
    ]
    found.sort(key=lambda task: (GENRES.index(task.genre), task.name))
    return MappingProxyType({task.name: task for task in found})


def get_task(name: str) -> Task:
    """Return the task called `name`.

    Raises
    ------
    UsageError
        There is no such task; the message names the nearest one.
    """
    known = all_tasks()
    if name not in known:
        raise UsageError(f"unknown task {name!r}{_nearest(name, known)}; see `mceval8k tasks`")
    return known[name]


def resolve(names: str | Iterable[str]) -> tuple[Task, ...]:
    """Tasks named by a comma-separated list (or several names) of tasks, genres or `all`.

    The order is the registry's, each task once.

    Raises
    ------
    UsageError
        A name is neither a task nor a genre, or there is none at all.
    """
    words = names.split(",") if isinstance(names, str) else list(names)
    chosen: set[str] = set()
    for word in filter(None, (word.strip() for word in words)):
        members = {t.name for t in all_tasks().values() if word in ("all", t.genre, t.name)}
        if not members:
            hint = _nearest(word, [*all_tasks(), *GENRES, "all"])
            raise UsageError(f"unknown task or genre {word!r}{hint}; see `mceval8k tasks`")
        chosen |= members
    if not chosen:
        raise UsageError("no task is named; see `mceval8k tasks`")
    return tuple(task for task in all_tasks().values() if task.name in chosen)


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
