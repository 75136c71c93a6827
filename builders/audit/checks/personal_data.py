"""`personal-data`: a text holds an IP or e-mail address; see `builders.making.personal_data`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from builders.audit.facts import item_texts
from builders.audit.finding import Check, Finding, percent
from builders.audit.rows import TaskRows
from builders.making.personal_data import kinds

MANY = 0.01
"""Share of rows from which on it is a warning."""


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows with an address."""
    texts = ("\n".join(item_texts(item)) for item in rows.items)
    by_row = {row: found for row, text in enumerate(texts) if (found := kinds(text))}
    if by_row:
        counted = Counter(kind for found in by_row.values() for kind in found)
        each = " and ".join(f"{count:,} with an {kind}" for kind, count in sorted(counted.items()))
        yield Finding.of_rows(
            CHECK.name,
            rows,
            by_row,
            severity="warning" if len(by_row) >= MANY * rows.of else "info",
            message=f"Rows that hold an address of a person: {len(by_row):,} "
            f"({percent(len(by_row), rows.of)}), {each}.",
        )


CHECK = Check("personal-data", "row", "a text holds an IP or e-mail address", find)
