"""Kinds of source, one per module: each module's `KIND` says which words it answers to."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from builders.reading.upstream import Store
from mceval8k.errors import UsageError


@dataclass(frozen=True)
class Kind:
    """A kind of source."""

    name: str
    """How help and errors call it."""
    accepts: Callable[[str], bool]
    """Whether a value of `--source` is of this kind."""
    open: Callable[[str], Store]
    """Opens it."""
    order: int = 0
    """Kinds are tried in this order; one that accepts any path comes last."""


def kinds() -> tuple[Kind, ...]:
    """All kinds of source, in the order in which they are tried."""
    prefix = __name__ + "."
    modules = pkgutil.iter_modules(__path__, prefix)
    found: list[Kind] = [importlib.import_module(module.name).KIND for module in modules]
    return tuple(sorted(found, key=lambda kind: (kind.order, kind.name)))


def open_source(text: str) -> Store:
    """Open what `--source` names.

    Raises
    ------
    UsageError
        No kind of source answers to it.
    """
    for kind in kinds():
        if kind.accepts(text):
            return kind.open(text)
    names = ", ".join(kind.name for kind in kinds())
    raise UsageError(f"--source {text}: no such directory, and none of: {names}")
