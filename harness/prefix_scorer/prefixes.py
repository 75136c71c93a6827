"""Which beginnings of rows are run once: the shared one, and those of groups within.

Rows are sorted, so that rows with a common beginning lie side by side, and are split where they
differ. Whether a beginning gets a cache of its own is decided by the tokens it saves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Tokens = Sequence[int]

# Tokens that a pass over a single row costs beyond its own, and a last batch that is not full.
_PASS = 32
_BATCH = 512
# Caches of nested beginnings are held at the same time.
_LEVELS = 8


@dataclass(frozen=True)
class Prefix:
    """A beginning of several rows."""

    before: int | None
    """Index of the prefix that it continues; None for one that starts from nothing."""
    tokens: tuple[int, ...]
    """What it adds to that; empty only in the first."""
    level: int
    """How many prefixes come before it."""
    rows: tuple[int, ...]
    """Rows that continue it and no longer one."""


def find_prefixes(stems: Sequence[Tokens]) -> list[Prefix]:
    """Prefixes of all rows, each right after the one that it continues or the latter's others.

    Parameters
    ----------
    stems
        The tokens of each row that may be cached.

    Returns
    -------
    list of Prefix
        The first is empty; each row belongs to exactly one.
    """
    order = sorted(range(len(stems)), key=lambda row: (tuple(stems[row]), row))
    found = [_Found(None, (), 0, 0, [])]
    groups = [(order, 0)]
    while groups:
        rows, at = groups.pop()
        length = found[at].length
        # What all rows share leaves their batches whole.
        cost = _PASS if len(rows) == len(stems) else _PASS + _BATCH
        if (
            found[at].level == _LEVELS
            or (len(rows) - 1) * (max(len(stems[row]) for row in rows) - length) <= cost
        ):
            found[at].rows.extend(rows)
            continue
        shared = _common(stems[rows[0]], stems[rows[-1]])
        if (len(rows) - 1) * (shared - length) > cost:
            tokens = tuple(stems[rows[0]][length:shared])
            found.append(_Found(at, tokens, found[at].level + 1, shared, []))
            at = len(found) - 1
        # The last group is the next to be looked at: reversed, so that rows keep their order.
        groups.extend((group, at) for group in reversed(list(_split(stems, rows, shared))))
    return [Prefix(f.before, f.tokens, f.level, tuple(f.rows)) for f in found]


@dataclass
class _Found:
    before: int | None
    tokens: tuple[int, ...]
    level: int
    length: int
    rows: list[int]


def _common(first: Tokens, last: Tokens) -> int:
    """Tokens that two sequences share at their beginning."""
    shortest = min(len(first), len(last))
    return next((i for i in range(shortest) if first[i] != last[i]), shortest)


def _split(stems: Sequence[Tokens], rows: Sequence[int], at: int) -> Iterator[list[int]]:
    """Sorted rows with equal tokens before `at`, grouped by their token there."""
    group: list[int] = []
    for row in rows:
        if group and stems[group[0]][at : at + 1] != stems[row][at : at + 1]:
            yield group
            group = []
        group.append(row)
    yield group
