"""By what rows are drawn equally often: labels and languages, and where an easy answer lies.

For each task there are several ways, from the one that balances most to the one that balances
least. The first that keeps at least half of the rows is taken: where golds are as uneven as tags
are, equal numbers of each would leave next to nothing, and an honest imbalance is better.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from builders.audit.baselines import distances
from builders.audit.facts import CLOSED
from builders.audit.rows import TaskRows
from builders.making.hashing import rank
from builders.making.sampling import capacity

KEPT = 0.5
"""Least share of the rows that must be left for a balance to be worth it."""


class Strata(NamedTuple):
    """What is drawn equally often."""

    by: str
    """In words."""
    of_rows: Sequence[str]
    """Stratum of each row."""


def strata(rows: TaskRows, kept: Sequence[int]) -> Strata:
    """Strata of the rows, chosen so that they leave enough of those that are kept."""
    ways = list(_ways(rows))
    for way in ways:
        available = Counter(way.of_rows[row] for row in kept)
        if capacity(available) >= KEPT * len(kept):
            return way
    return ways[-1]


def _ways(rows: TaskRows) -> Iterator[Strata]:
    base = [str(item["lang"]) if len(rows.task.languages) > 1 else "" for item in rows.items]
    name = "language" if len(rows.task.languages) > 1 else "position of the gold"
    if rows.task.fixed_options is not None:
        base = _joined(base, [str(label) for label in rows.labels])
        name = "language and label" if len(rows.task.languages) > 1 else "label"
    if rows.task.name in _SHORTCUTS:
        what, side = _SHORTCUTS[rows.task.name]
        yield Strata(f"{name} and {what}" if any(base) else what, _joined(base, side(rows)))
    if rows.task.fixed_options is None and len(set().union(*rows.options)) <= CLOSED:
        yield Strata(f"{name} and gold" if any(base) else "gold", _joined(base, rows.golds))
    yield Strata(name, base)


def _joined(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return [f"{left} {right}".strip() for left, right in zip(one, other, strict=True)]


def _longer_option(rows: TaskRows) -> list[str]:
    """Whether the gold is the longer of two sentences; where they are equal, either."""
    found = []
    for options, label, id_ in zip(rows.options, rows.labels, rows.ids, strict=True):
        difference = len(options[label]) - len(options[1 - label])
        longer = difference > 0 or (difference == 0 and rank(0, "tie", id_)[0] % 2 == 0)
        found.append("longer" if longer else "shorter")
    return found


def _most_distant_number(rows: TaskRows) -> list[str]:
    """Whether the gold is the number farthest from the others; the rest are dealt into shares.

    There are as many shares as other options, so that a quarter of the golds, of four options, is
    what the rule would choose.
    """
    shares = rows.task.n_options - 1
    found = [""] * rows.of
    turn = 0
    for row in sorted(range(rows.of), key=lambda row: rank(0, "share", rows.ids[row])):
        apart = distances([float(option) for option in rows.options[row]])
        found[row] = "most distant"
        if apart[rows.labels[row]] < max(apart):
            found[row] = f"other {turn % shares}"
            turn += 1
    return found


def _length_of_response(rows: TaskRows) -> list[str]:
    """Whether the response is longer than most."""
    lengths = [len(item["response"]) for item in rows.items]
    middle = statistics.median(lengths)
    return ["long" if length > middle else "short" for length in lengths]


Side = Callable[[TaskRows], Sequence[str]]

_SHORTCUTS: Mapping[str, tuple[str, Side]] = {
    "clang8": ("whether the gold is the longer sentence", _longer_option),
    "templama": ("whether the gold year is the most distant one", _most_distant_number),
    "halueval": ("whether the response is long", _length_of_response),
}
