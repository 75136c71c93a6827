"""What two splits of a task have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from builders.audit.rows import TaskRows


@dataclass(frozen=True)
class Overlap:
    """Rows of a split that have something in common with another one."""

    pair: tuple[str, str]
    """The other split, and the one whose rows are counted."""
    rows: tuple[int, ...]
    """Those rows."""
    of: int
    """All rows of that split."""


def overlaps(rows: TaskRows, keys: Sequence[AbstractSet[object]]) -> Iterator[Overlap]:
    """Yield the overlap of each pair of splits that has one; `keys` are of every row."""
    for pair in rows.pairs():
        one, other = (rows.in_split(name) for name in pair)
        known = frozenset().union(*(keys[row] for row in one))
        common = tuple(row for row in other if not known.isdisjoint(keys[row]))
        if common:
            yield Overlap(pair, common, len(other))
