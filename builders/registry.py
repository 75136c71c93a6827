"""The registry of builders: every module below the genre folders of this package that has one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import builders
from builders.builder import Builder
from mceval8k.errors import UsageError
from mceval8k.registry import all_tasks
from mceval8k.task import GENRES, Task

_FOLDERS = tuple(genre.replace("-", "_") for genre in GENRES)


@cache
def all_builders() -> Mapping[str, Builder]:
    """All builders by task, in the order of the task registry."""
    found: dict[str, Builder] = {}
    for folder in _FOLDERS:
        package = importlib.import_module(f"{builders.__name__}.{folder}")
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            builder: Builder = importlib.import_module(module.name).BUILDER
            found[builder.task.name] = builder
    return MappingProxyType({name: found[name] for name in all_tasks() if name in found})


def get_builder(task: Task) -> Builder:
    """Return the builder of a task.

    Raises
    ------
    UsageError
        The task has none.
    """
    known = all_builders()
    if task.name not in known:
        raise UsageError(f"task {task.name} has no builder; those that have: {', '.join(known)}")
    return known[task.name]
