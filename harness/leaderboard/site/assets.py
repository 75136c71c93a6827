"""The site's own files, copied beside the pages, so that nothing is fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

OWN = ("style.css", "theme.js", "board.js", "sort.js", "paired.js", "compare.js", "items.js")


@cache
def assets() -> Mapping[str, str]:
    """Text of every file in `assets/`, by name."""
    own = resources.files("harness.leaderboard.site") / "static"
    return {name: (own / name).read_text(encoding="utf-8") for name in OWN}
