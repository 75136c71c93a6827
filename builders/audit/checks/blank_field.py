"""`blank-field`: a text of a row is null, empty or nothing but white space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from builders.audit.finding import Check, Finding
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows with a blank text on any level."""
    found = [row for row, item in enumerate(rows.items) if _is_blank(dict(item))]
    if found:
        yield Finding.of_rows(
            CHECK.name,
            rows,
            found,
            severity="error",
            message=f"{len(found):,} rows have a field that is null or blank.",
        )


def _is_blank(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    members: Any = value.values() if isinstance(value, dict) else value
    return isinstance(value, (dict, list)) and any(map(_is_blank, members))


CHECK = Check("blank-field", "row", "a text is empty or null", find)
