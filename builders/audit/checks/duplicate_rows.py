"""`duplicate-rows`: a split holds an item with its gold more than once."""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.finding import Check, Finding, named
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows that an earlier row of their split equals."""
    seen = set()
    repeated = []
    for row, content in enumerate(zip(rows.splits, rows.inputs, rows.golds, strict=True)):
        if content in seen:
            repeated.append(row)
        seen.add(content)
    if repeated:
        splits = rows.splits_of(repeated)
        yield Finding.of_rows(
            CHECK.name,
            rows,
            repeated,
            severity="warning",
            message=f"{len(repeated):,} rows repeat a row of their own split ({named(splits)}).",
        )


CHECK = Check("duplicate-rows", "row", "a row repeats another of its split", find)
