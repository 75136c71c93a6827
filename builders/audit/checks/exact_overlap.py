"""`exact-overlap`: an item is in two splits.

Compared are language, question and options in any order, all normalised; the gold is not. So a
task whose question is constant is compared by its options.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.finding import Check, Finding, first, named, percent
from builders.audit.overlap import overlaps
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding for each pair of splits that have items in common."""
    keys = [frozenset((given,)) for given in rows.inputs]
    for found in overlaps(rows, keys):
        count, (one, other) = len(found.rows), found.pair
        share = percent(count, found.of)
        yield Finding(
            check=CHECK.name,
            splits=found.pair,
            count=count,
            of=found.of,
            severity="error",
            message=f"{count:,} of {found.of:,} rows of {other} ({share}) are also "
            f"in {one}: splits {named(found.pair)} measure the same.",
            examples=first(rows.ids[row] for row in found.rows),
        )


CHECK = Check("exact-overlap", "leak", "the same item is in two splits", find)
