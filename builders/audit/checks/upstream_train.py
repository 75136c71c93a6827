"""`upstream-train`: test rows come from the upstream's own train split.

Whoever trained on the upstream set has seen them, with their labels. It is what a balanced draw of
8,000 rows from a set of a few thousand takes, so it is information.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from builders.audit.finding import Check, Finding, first, percent
from builders.audit.rows import TaskRows
from mceval8k.editions.released import SOURCE

_TRAIN = re.compile(r"(?:.*/)?train:\d+")


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of the test rows from an upstream train split."""
    test = rows.in_split("test").tolist()
    found = [row for row in test if _is_train(rows, row)]
    if found:
        yield Finding(
            check=CHECK.name,
            splits=("test",),
            count=len(found),
            of=len(test),
            severity="info",
            message=f"{len(found):,} of {len(test):,} test rows ({percent(len(found), len(test))}) "
            "come from the upstream's own train split: models may have been trained on them.",
            examples=first(rows.ids[row] for row in found),
        )


def _is_train(rows: TaskRows, row: int) -> bool:
    """Whether a row's source says so; the released edition does not say where a row is from."""
    item = rows.items[row]
    return item["source"] != SOURCE and _TRAIN.fullmatch(str(item["source_id"])) is not None


CHECK = Check("upstream-train", "leak", "test rows are from the upstream's train split", find)
