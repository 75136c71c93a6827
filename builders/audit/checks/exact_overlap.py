"""`exact-overlap`: an item is in two splits.

Compared are language, question and options in any order, all normalised; the gold is not. So a
task whose question is constant is compared by its options.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.finding import Check, Finding, first, named, percent
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding for each pair of splits that have items in common."""
    for pair in rows.pairs():
        one, other = (rows.in_split(name) for name in pair)
        known = {rows.asked[row] for row in one}
        common = [row for row in other if rows.asked[row] in known]
        if common:
            share = percent(len(common), len(other))
            yield Finding(
                check=CHECK.name,
                splits=pair,
                count=len(common),
                of=len(other),
                severity="error",
                message=f"{len(common):,} of {len(other):,} rows of {pair[1]} ({share}) are also "
                f"in {pair[0]}: splits {named(pair)} measure the same.",
                examples=first(rows.ids[row] for row in common),
            )


CHECK = Check("exact-overlap", "leak", "the same item is in two splits", find)
