"""`group-overlap`: items of two splits have something in common that must not be split.

That is the group, as the item states it, and what the task's own columns show: a source sentence,
premise, context, fact or parallel index (`builders.audit.facts`). Exact overlaps are among them.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.finding import Check, Finding, first, percent
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding for each pair of splits that have groups in common."""
    for pair in rows.pairs():
        one, other = (rows.in_split(name) for name in pair)
        known = frozenset().union(*(rows.keys[row] for row in one))
        common = [row for row in other if not known.isdisjoint(rows.keys[row])]
        if common:
            share = percent(len(common), len(other))
            yield Finding(
                check=CHECK.name,
                splits=pair,
                count=len(common),
                of=len(other),
                severity="error",
                message=f"{len(common):,} of {len(other):,} rows of {pair[1]} ({share}) share "
                f"{rows.task.group} with a row of {pair[0]}.",
                examples=first(rows.ids[row] for row in common),
            )


CHECK = Check(
    "group-overlap", "leak", "the same source sentence, context or fact is in two splits", find
)
