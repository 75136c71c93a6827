"""Where the project keeps what it can make again: the user's cache directory."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """Return `$MCEVAL8K_CACHE`, else `mceval8k` in the user's cache directory."""
    if own := os.environ.get("MCEVAL8K_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "mceval8k"
