"""The registry: every task record below `mceval8k.tasks`, by name.

What a name stands for is decided here and nowhere else: the benchmark's own tasks, and beside them
those whose records an edition brings along (`mceval8k.editions.own`).
"""

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


def get_task(name: str, own: Iterable[Task] = ()) -> Task:
    """Return the task called `name`, of the benchmark or of those that an edition brings along.

    Raises
    ------
    UsageError
        There is no such task; the message names the nearest one.
    """
    known = _known(own)
    if name not in known:
        raise UsageError(f"unknown task {name!r}{_nearest(name, known)}; see `mceval8k tasks`")
    return known[name]


def resolve(names: str | Iterable[str], own: Iterable[Task] = ()) -> tuple[Task, ...]:
    """Tasks named by a comma-separated list (or several names) of tasks, genres or `all`.

    Parameters
    ----------
    names
        What is wanted.
    own
        Tasks that an edition brings along: they follow the benchmark's, and their genre is `own`.

    Returns
    -------
    tuple of Task
        In the registry's order, each task once.

    Raises
    ------
    UsageError
        A name is neither a task nor a genre, or there is none at all.
    """
    known = _known(own)
    words = names.split(",") if isinstance(names, str) else list(names)
    chosen: set[str] = set()
    for word in filter(None, (word.strip() for word in words)):
        members = {t.name for t in known.values() if word in ("all", t.genre, t.name)}
        if not members:
            hint = _nearest(word, [*known, *GENRES, "all"])
            raise UsageError(f"unknown task or genre {word!r}{hint}; see `mceval8k tasks`")
        chosen |= members
    if not chosen:
        raise UsageError("no task is named; see `mceval8k tasks`")
    return tuple(task for task in known.values() if task.name in chosen)


def _known(own: Iterable[Task]) -> Mapping[str, Task]:
    return {**all_tasks(), **{task.name: task for task in own}}


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
