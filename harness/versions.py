"""Versions of what computes the scores, for the records of a run."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from mceval8k.version import __version__

LIBRARIES = ("lm_eval", "transformers", "torch", "datasets")


@cache
def versions() -> dict[str, str]:
    """Version by name: of this package, of the libraries it scores with and of Python."""
    return {
        "mceval8k": __version__,
        **{name: _installed(name) for name in LIBRARIES},
        "python": platform.python_version(),
    }


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
