"""The checks, one module each; every module that defines `CHECK` is found by its place."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from builders.audit.finding import KINDS, Check


@cache
def all_checks() -> tuple[Check, ...]:
    """All checks: leaks first, then faults of rows, balance, shortcuts; by name among each."""
    found: list[Check] = [
        importlib.import_module(module.name).CHECK
        for module in pkgutil.iter_modules(__path__, __name__ + ".")
    ]
    return tuple(sorted(found, key=lambda check: (KINDS.index(check.kind), check.name)))
