"""`never-distractor`: a value is always gold, or never, far more surely than chance allows.

If golds are drawn among the options alike, a value that is n times an option is gold with the
probability 1/k each time (k options). A value is reported if being always gold (k^-n) or never
((1 - 1/k)^n) is less likely than 0.001 over all values together. Such values give rows away
without a question being read.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from builders.audit.checks.shortcut import CLEAR
from builders.audit.facts import origin_of_options
from builders.audit.finding import Check, Finding, first
from builders.audit.rows import TaskRows
from builders.audit.statistics import P_VALUE


def find(rows: TaskRows) -> Iterator[Finding]:
    """A finding of values that are never a distractor, and one of those that are never gold."""
    always, never = one_sided(rows)
    if always:
        found = [row for row, value in enumerate(rows.golds) if value in always]
        gain = len(found) / rows.of * (1 - 1 / rows.task.n_options)
        yield _finding(rows, found, sorted(always), "the gold whenever they are an option", gain)
    if never:
        found = [row for row, each in enumerate(rows.options) if not never.isdisjoint(each)]
        yield _finding(rows, found, sorted(never), "often an option, but never the gold", 0.0)


class OneSided(NamedTuple):
    """Values that are surely not drawn like the others."""

    always: frozenset[str]
    """Values that are the gold whenever they are an option."""
    never: frozenset[str]
    """Values that are never the gold."""


def one_sided(rows: TaskRows) -> OneSided:
    """Values that are always gold, or never, and more often an option than chance explains."""
    if rows.task.fixed_options is not None or len(set(rows.questions)) == 1:
        return OneSided(frozenset(), frozenset())
    shown = Counter(option for row in rows.distinct for option in rows.options[row])
    gold = Counter(rows.golds[row] for row in rows.distinct)
    surprise = math.log(P_VALUE / max(1, len(shown)))
    is_gold, is_wrong = -math.log(rows.task.n_options), math.log1p(-1 / rows.task.n_options)
    return OneSided(
        frozenset(v for v, n in shown.items() if gold[v] == n and n * is_gold < surprise),
        frozenset(v for v, n in shown.items() if not gold[v] and n * is_wrong < surprise),
    )


def _finding(
    rows: TaskRows, found: list[int], values: list[str], what: str, gain: float
) -> Finding:
    drawn = origin_of_options(rows.task) == "drawn"
    return Finding(
        check=CHECK.name,
        splits=rows.splits_of(found),
        count=len(found),
        of=rows.of,
        severity="error" if drawn and gain >= CLEAR else "warning",
        message=f"{len(values):,} values are {what}; they stand in {len(found):,} of "
        f"{rows.of:,} rows.",
        examples=first(values),
    )


CHECK = Check("never-distractor", "shortcut", "a value is always the gold, or never", find)
