"""`duplicate-options`: two options of a row are equal after normalisation."""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.finding import Check, Finding
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows with equal options; blank ones are another check's."""
    found = [row for row, options in enumerate(rows.options) if _has_equals(options)]
    if found:
        yield Finding.of_rows(
            CHECK.name,
            rows,
            found,
            severity="error",
            message=f"{len(found):,} rows have two options that are equal after normalisation.",
        )


def _has_equals(options: tuple[str, ...]) -> bool:
    filled = [option for option in options if option]
    return len(set(filled)) < len(filled)


CHECK = Check("duplicate-options", "row", "two options of a row are equal", find)
