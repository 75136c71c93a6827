"""`task-overlap`: a text is in two tasks.

Each task by itself is none the worse for it; what is fitted on the one and tested on the other is.
Texts of four words or more are compared, normalised. Since it concerns several tasks, it is looked
for when all have been read (`builders.audit.crossing`).
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.crossing import NAME
from builders.audit.finding import Check, Finding
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:  # noqa: ARG001
    """Nothing in the rows of one task."""
    return iter(())


CHECK = Check(NAME, "leak", "a text is in another task, too", find)
