"""`never-distractor`: a value is always gold, or never, far more surely than chance allows.

If golds are drawn among the options alike, a value that is n times an option is gold with the
probability 1/k each time (k options). A value is reported if being always gold (k^-n) or never
((1 - 1/k)^n) is less likely than 0.001 over all values together; where the number of options
varies, k is the fewest in the first case and the most in the second. Such values give rows away
without a question being read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from builders.audit.checks.shortcut import CLEAR
from builders.audit.facts import origin_of_options
from builders.audit.finding import Check, Finding, Tested, first
from builders.audit.rows import TaskRows
from builders.audit.statistics import P_VALUE


def find(rows: TaskRows) -> Iterator[Tested]:
    """A test of values that are never a distractor, and one of those that are never gold."""
    values = _values(rows)
    if values is None:
        return
    always, never = _surprising(values.always), _surprising(values.never)
    found = [row for row, value in enumerate(rows.golds) if value in always]
    gain = len(found) / rows.of * (1 - rows.chance)
    what = "the gold whenever they are an option"
    yield Tested(_least(values.always), _finding(rows, found, sorted(always), what, gain))
    found = [row for row, each in enumerate(rows.options) if not never.isdisjoint(each)]
    what = "often an option, but never the gold"
    yield Tested(_least(values.never), _finding(rows, found, sorted(never), what, 0.0))


class OneSided(NamedTuple):
    """Values that are surely not drawn like the others."""

    always: frozenset[str]
    """Values that are the gold whenever they are an option."""
    never: frozenset[str]
    """Values that are never the gold."""


def one_sided(rows: TaskRows) -> OneSided:
    """Values that are always gold, or never, and more often an option than chance explains."""
    values = _values(rows)
    if values is None:
        return OneSided(frozenset(), frozenset())
    return OneSided(_surprising(values.always), _surprising(values.never))


class _Values(NamedTuple):
    """P values by value, for as many tests as there are values (Bonferroni)."""

    always: Mapping[str, float]
    """Of being always gold, for the values that are."""
    never: Mapping[str, float]
    """Of being never gold, for the values that are."""


def _values(rows: TaskRows) -> _Values | None:
    if rows.task.fixed_options is not None or len(set(rows.questions)) == 1:
        return None
    shown = Counter(option for row in rows.distinct for option in rows.options[row])
    gold = Counter(rows.golds[row] for row in rows.distinct)
    counts, tests = rows.task.option_counts, len(shown)
    is_gold, is_wrong = 1 / counts[0], 1 - 1 / counts[-1]
    return _Values(
        {v: min(1.0, tests * is_gold**n) for v, n in shown.items() if gold[v] == n},
        {v: min(1.0, tests * is_wrong**n) for v, n in shown.items() if not gold[v]},
    )


def _surprising(values: Mapping[str, float]) -> frozenset[str]:
    return frozenset(value for value, p in values.items() if p < P_VALUE)


def _least(values: Mapping[str, float]) -> float:
    return min(values.values(), default=1.0)


def _finding(
    rows: TaskRows, found: list[int], values: list[str], what: str, gain: float
) -> Finding | None:
    if not values:
        return None
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
