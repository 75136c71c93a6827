"""`label-balance`: golds are not equally frequent in a split (chi-square, against uniform).

Looked at are fixed options, and free options that come from a closed set of values; each value
that is ever an option counts. Reported is what chance does not explain and is large enough to
matter (Cohen's w): so large data sets do not alarm on trifles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from builders.audit.balance import balance_test
from builders.audit.facts import CLOSED
from builders.audit.finding import Check, Tested
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Tested]:
    """One finding for each split whose golds are unbalanced."""
    fixed = rows.task.fixed_options is not None
    values = set(range(rows.task.n_options)) if fixed else set().union(*rows.options)
    golds = rows.labels if fixed else rows.golds
    if len(values) > CLOSED:
        return
    names = next(iter((rows.task.fixed_options or {}).values()), ())
    for split in rows.counts:
        counted = Counter(golds[row] for row in rows.in_split(split))
        counts = {
            str(names[value]) if isinstance(value, int) else value: counted[value]
            for value in values
        }
        yield from balance_test(CHECK.name, split, "golds", counts)


CHECK = Check("label-balance", "balance", "golds are not equally frequent", find)
