"""Experiments by name: the files of `neurgrad_eval.experiments`, and those of other packages.

Another package offers an experiment by the entry point `neurgrad.experiments`, whose name is the
command and whose value the module. Only what is needed is imported.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from inspect import getmembers, isabstract, isclass
from pathlib import Path
from typing import TYPE_CHECKING

from mceval8k.errors import UsageError

if TYPE_CHECKING:
    from neurgrad_eval.runs.experiment import Experiment

_PACKAGE = "neurgrad_eval.experiments"
_ENTRY_POINTS = "neurgrad.experiments"


def own_modules() -> dict[str, str]:
    """Module of each experiment of this package, by the experiment's name."""
    spec = find_spec(_PACKAGE)
    assert spec is not None
    folders = spec.submodule_search_locations or []
    files = sorted(path.stem for folder in folders for path in Path(folder).glob("[a-z]*.py"))
    return {name: f"{_PACKAGE}.{name}" for name in files}


@cache
def modules() -> dict[str, str]:
    """Module of each experiment, by the experiment's name."""
    return own_modules() | {point.name: point.value for point in entry_points(group=_ENTRY_POINTS)}


def summary(name: str) -> str:
    """First line of the docstring of an experiment's file, which is not imported."""
    spec = find_spec(modules()[name])
    if spec is None or spec.origin is None:
        return ""
    found = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))
    return (found or "").partition("\n")[0]


@cache
def find(name: str) -> type[Experiment]:
    """Find an experiment.

    Raises
    ------
    UsageError
        There is none of that name, or its module has none.
    """
    from neurgrad_eval.runs.experiment import Experiment

    if name not in modules():
        raise UsageError(f"there is no experiment {name!r}: {', '.join(modules())}")
    module = import_module(modules()[name])
    for _, member in getmembers(module, isclass):
        if issubclass(member, Experiment) and not isabstract(member):
            kind: type[Experiment] = member
            if kind.name == name and kind.__module__ == module.__name__:
                return kind
    raise UsageError(f"{modules()[name]} has no experiment {name!r}")
