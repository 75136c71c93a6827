"""`gold-position`: the gold does not stand at each position equally often.

For free options only: where they are fixed, the position is the label. A constant answer that is
right 15 points more often than chance makes it an error; a shortcut could not be simpler.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from builders.audit.balance import balance_test
from builders.audit.checks.shortcut import CLEAR
from builders.audit.finding import Check, Severity, Tested
from builders.audit.rows import TaskRows
from builders.audit.statistics import lower_bound


def find(rows: TaskRows) -> Iterator[Tested]:
    """One finding for each split with a favoured position."""
    if rows.task.fixed_options is not None:
        return
    for split in rows.counts:
        for n_options in rows.task.option_counts:
            yield from _among(rows, split, n_options)


def _among(rows: TaskRows, split: str, n_options: int) -> Iterator[Tested]:
    """Finding of the split's rows with so many options."""
    found = [row for row in rows.in_split(split) if len(rows.options[row]) == n_options]
    if not found:
        return
    counted = Counter(rows.labels[row] for row in found)
    counts = {str(place): counted[place] for place in range(n_options)}
    gain = lower_bound(max(counts.values()), len(found)) - 1 / n_options
    what = "gold positions"
    if len(rows.task.option_counts) > 1:
        what += f" of rows with {n_options} options"
    severity: Severity | None = "error" if gain >= CLEAR else None
    yield from balance_test(CHECK.name, split, what, counts, severity=severity)


CHECK = Check("gold-position", "balance", "the gold stands at some positions more often", find)
