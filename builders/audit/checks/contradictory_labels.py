"""`contradictory-labels`: the same question with the same options has different golds.

Looked for within and between splits; a row that is wrong in training is as bad as one in test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from builders.audit.finding import Check, Finding, first
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows that another row contradicts."""
    golds = defaultdict(set)
    for asked, gold in zip(rows.asked, rows.golds, strict=True):
        golds[asked].add(gold)
    found = [row for row, asked in enumerate(rows.asked) if len(golds[asked]) > 1]
    if found:
        yield Finding(
            check=CHECK.name,
            splits=rows.splits_of(found),
            count=len(found),
            of=rows.of,
            severity="error",
            message=f"{len(found):,} rows have the question and options of another row, but "
            "another gold: nobody can say which is right.",
            examples=first(rows.ids[row] for row in found),
        )


CHECK = Check("contradictory-labels", "row", "the same input has another gold elsewhere", find)
