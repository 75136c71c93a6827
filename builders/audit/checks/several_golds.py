"""`several-golds`: by the data's own facts, another option of a row is right too.

A fact is what any row of the task says: this question has this gold. Where the options are the
same, too, the rows contradict each other instead, which is another check's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from builders.audit.finding import Check, Finding
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows among whose wrong options is the gold of the same question."""
    if found := several_golds(rows):
        yield Finding.of_rows(
            CHECK.name,
            rows,
            found,
            severity="error",
            message=f"{len(found):,} rows have a wrong option that another row of the same "
            "question has as its gold.",
        )


def several_golds(rows: TaskRows) -> list[int]:
    """Rows with an option, beside the gold, that is the same question's gold elsewhere."""
    if rows.task.fixed_options is not None or len(set(rows.questions)) == 1:
        return []
    golds = defaultdict(set)
    for (lang, question, options), gold in zip(rows.inputs, rows.golds, strict=True):
        golds[lang, question].add((gold, options))
    found = []
    for row, (lang, question, options) in enumerate(rows.inputs):
        right = {gold for gold, others in golds[lang, question] if others != options}
        if right & set(options) - {rows.golds[row]}:
            found.append(row)
    return found


CHECK = Check("several-golds", "row", "another option is right by the data's own facts", find)
