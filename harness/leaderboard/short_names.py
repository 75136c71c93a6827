"""Names of models as tables show them: of a local path its shortest end that no other model has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from mceval8k.editions.hub import looks_like_hub_id

CUT = "…/"
"""What stands for the beginning of a path, so that its end is not taken for a Hub id."""


def short_names(names: Collection[str]) -> dict[str, str]:
    """Shown name of each distinct name; Hub ids, and paths that would not get shorter, stay."""
    distinct = set(names)
    counted = Counter(end for name in distinct for end in _ends(name))
    return {name: _shown(name, counted) for name in distinct}


def _shown(name: str, counted: Counter[str]) -> str:
    if looks_like_hub_id(name):
        return name
    short = next((CUT + end for end in _ends(name) if counted[end] == 1), name)
    return min(name, short, key=len)


def _ends(name: str) -> list[str]:
    """What a name ends with, from its last part to all of it."""
    parts = name.split("/")
    return ["/".join(parts[at:]) for at in reversed(range(len(parts)))]
