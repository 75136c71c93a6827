"""`gold-position`: the gold does not stand at each position equally often.

For free options only: where they are fixed, the position is the label. A constant answer that is
right 15 points more often than chance makes it an error; a shortcut could not be simpler.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from builders.audit.balance import balance_finding
from builders.audit.checks.shortcut import CLEAR
from builders.audit.finding import Check, Finding
from builders.audit.rows import TaskRows
from builders.audit.statistics import lower_bound


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding for each split with a favoured position."""
    if rows.task.fixed_options is not None:
        return
    for split, of in rows.counts.items():
        counted = Counter(rows.labels[row] for row in rows.in_split(split))
        counts = {str(place): counted[place] for place in range(rows.task.n_options)}
        gain = lower_bound(max(counts.values()), of) - 1 / rows.task.n_options
        yield from balance_finding(
            CHECK.name, split, "gold positions", counts, severity="error" if gain >= CLEAR else None
        )


CHECK = Check("gold-position", "balance", "the gold stands at some positions more often", find)
