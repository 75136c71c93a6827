"""`duplicate-rows`: a split holds an item with its gold more than once."""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.finding import Check, Finding, first, named
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows that an earlier row of their split equals."""
    seen = set()
    repeated = []
    for row, content in enumerate(zip(rows.splits, rows.asked, rows.golds, strict=True)):
        if content in seen:
            repeated.append(row)
        seen.add(content)
    if repeated:
        splits = rows.splits_of(repeated)
        yield Finding(
            check=CHECK.name,
            splits=splits,
            count=len(repeated),
            of=rows.of,
            severity="warning",
            message=f"{len(repeated):,} rows repeat a row of their own split ({named(splits)}).",
            examples=first(rows.ids[row] for row in repeated),
        )


CHECK = Check("duplicate-rows", "row", "a row repeats another of its split", find)
