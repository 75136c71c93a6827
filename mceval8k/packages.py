"""The packages that are installed beside this one, whatever the user's folder holds.

Python looks into the current folder first where a program is started by `python -m` or `python -c`.
A file `harness.py` or a folder `builders` there would be taken for ours.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import EntryPoint
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from mceval8k.errors import UsageError

_FOLDER = Path(__file__).resolve().parents[1]


def import_own(name: str) -> ModuleType:
    """Import a module of one of the packages that are installed together.

    Raises
    ------
    UsageError
        Another module of the package's name has been imported already.
    """
    package = name.partition(".")[0]
    start = _FOLDER / package / "__init__.py"
    known = sys.modules.get(package)
    if known is None:
        _load(package, start)
    elif Path(getattr(known, "__file__", None) or "").resolve() != start:
        raise UsageError(
            f"{known.__name__} is imported from {getattr(known, '__file__', None) or 'a folder'}, "
            f"which hides the package {package} of mceval8k: rename it"
        )
    return import_module(name)


def loaded(point: EntryPoint) -> Any:
    """Return what an entry point of this project names; those of others are found as usual."""
    own = point.dist is not None and point.dist.name == "mceval8k"
    return getattr(import_own(point.module), point.attr) if own else point.load()


def _load(package: str, start: Path) -> None:
    spec = spec_from_file_location(package, start, submodule_search_locations=[str(start.parent)])
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[package] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[package]
        raise
