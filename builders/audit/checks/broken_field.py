"""`broken-field`: a text holds residue: markup, entities, control characters, tabs of a table.

What is residue, a task's builder says (`Builder.fault`); for a task without one it is what
`builders.text` says. A tab is residue everywhere: it separates the columns of a file that was not
parsed. Where fewer rows than one in a hundred are concerned, it is a warning: no score can move by
more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from builders.audit.facts import item_texts
from builders.audit.finding import Check, Finding, percent
from builders.audit.rows import TaskRows
from builders.registry import all_builders
from builders.text import BLANK, text_fault
from mceval8k.task import Item

MANY = 0.01
"""Share of rows from which on broken texts are an error."""


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows with residue in a text."""
    builder = all_builders().get(rows.task.name)
    fault = builder.fault if builder else text_fault
    found = [row for row, item in enumerate(rows.items) if _is_broken(item, fault)]
    if found:
        yield Finding.of_rows(
            CHECK.name,
            rows,
            found,
            severity="error" if len(found) >= MANY * rows.of else "warning",
            message=f"{len(found):,} rows ({percent(len(found), rows.of)}) have residue in a text: "
            "markup, entities, control characters or tabs.",
        )


def _is_broken(item: Item, fault: Callable[[str], str | None]) -> bool:
    return any("\t" in text or fault(text) not in (None, BLANK) for text in item_texts(item))


CHECK = Check("broken-field", "row", "a text holds markup, entities, control characters", find)
