"""`group-overlap`: items of two splits have something in common that must not be split.

That is the group, as the item states it, and what the task's own columns show: a source sentence,
premise, context, fact or parallel index (`builders.audit.facts`). Exact overlaps are among them.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.finding import Check, Finding, first, percent
from builders.audit.overlap import overlaps
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding for each pair of splits that have groups in common."""
    for found in overlaps(rows, rows.keys):
        count, (one, other) = len(found.rows), found.pair
        share = percent(count, found.of)
        yield Finding(
            check=CHECK.name,
            splits=found.pair,
            count=count,
            of=found.of,
            severity="error",
            message=f"{count:,} of {found.of:,} rows of {other} ({share}) share "
            f"{rows.task.group} with a row of {one}.",
            examples=first(rows.ids[row] for row in found.rows),
        )


CHECK = Check(
    "group-overlap", "leak", "the same source sentence, context or fact is in two splits", find
)
