"""`contradictory-labels`: the same question with the same options has different golds.

Looked for within and between splits; a row that is wrong in training is as bad as one in test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from builders.audit.finding import Check, Finding
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows that another row contradicts."""
    golds = defaultdict(set)
    for given, gold in zip(rows.inputs, rows.golds, strict=True):
        golds[given].add(gold)
    found = [row for row, given in enumerate(rows.inputs) if len(golds[given]) > 1]
    if found:
        yield Finding.of_rows(
            CHECK.name,
            rows,
            found,
            severity="error",
            message=f"{len(found):,} rows have the question and options of another row, but "
            "another gold: nobody can say which is right.",
        )


CHECK = Check("contradictory-labels", "row", "the same input has another gold elsewhere", find)
