"""What every row of an edition must be to become a prompt, checked column by column.

Every command reads editions through this. The benchmark's own facts about rows (ids that fit the
content, distinct options and so on) are `mceval8k validate`'s.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from mceval8k.errors import DataError
from mceval8k.task import Task

_TEXTS = ("id", "question", "group")


def check_rows(table: pa.Table, task: Task, path: Path) -> None:
    """Check the columns that all tasks have.

    Raises
    ------
    DataError
        A text is no UTF-8, a text or an option is null, there are too many or too few options, the
        label is none of them, or the language none of the task's; the message names file and row.
    """
    try:
        table.validate(full=True)
    except pa.ArrowException as error:
        raise DataError(f"{path}: {' '.join(str(error).split())}") from None
    for name in _TEXTS:
        _demand(table[name].is_valid(), path, f"{name} is null")
    known = pc.is_in(table["lang"], value_set=pa.array(task.languages, pa.string()))
    _demand(known, path, f"lang is none of {', '.join(task.languages)}")
    options, label = table["options"].combine_chunks(), table["label"]
    counts = pc.fill_null(pc.list_value_length(options), 0)
    fewest, most = task.option_counts[0], task.n_options
    wanted = f"{most}" if fewest == most else f"{fewest} to {most}"
    within = pc.and_(pc.greater_equal(counts, fewest), pc.less_equal(counts, most))
    _demand(within, path, f"there are not {wanted} options")
    empty = pc.list_parent_indices(options).filter(pc.is_null(pc.list_flatten(options)))
    if len(empty):
        raise DataError(f"{path}: row {empty[0].as_py()}: an option is null")
    inside = pc.and_(pc.greater_equal(label, 0), pc.less(label, counts))
    _demand(pc.fill_null(inside, fill_value=False), path, "label is none of its options")


def _demand(holds: pa.Array | pa.ChunkedArray, path: Path, fault: str) -> None:
    first = pc.index(holds, value=False).as_py()
    if first >= 0:
        raise DataError(f"{path}: row {first}: {fault}")
