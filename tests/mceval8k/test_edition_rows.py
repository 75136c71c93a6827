"""No row of an edition reaches a command that is not one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mceval8k.editions.rows import check_rows
from mceval8k.errors import DataError
from mceval8k.registry import get_task

TASK = get_task("commonsenseqa")


def table(**changes: Any) -> pa.Table:
    """Three sound rows, of which the second is changed."""
    row = {
        "id": "x",
        "lang": "en",
        "question": "Which?",
        "options": ["a", "b", "c", "d", "e"],
        "label": 4,
        "group": "g",
    }
    kinds = {"options": pa.list_(pa.string()), "label": pa.int64()}
    rows = [row, row | changes, row]
    return pa.table(
        {name: pa.array([r[name] for r in rows], kinds.get(name, pa.string())) for name in row}
    )


def test_sound_rows_pass() -> None:
    check_rows(table(), TASK, Path("f"))
    check_rows(table().slice(0, 0), TASK, Path("f"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": None}, "id is null"),
        ({"question": None}, "question is null"),
        ({"group": None}, "group is null"),
        ({"lang": "xx"}, "lang is none of en"),
        ({"lang": None}, "lang is none of en"),
        ({"options": None}, "there are not 5 options"),
        ({"options": ["a", "b"]}, "there are not 5 options"),
        ({"options": ["a", "b", None, "d", "e"]}, "an option is null"),
        ({"label": None}, "label is none of its options"),
        ({"label": -1}, "label is none of its options"),
        ({"label": 5}, "label is none of its options"),
        ({"label": 2**62}, "label is none of its options"),
    ],
)
def test_a_row_that_is_none_is_named(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(DataError, match=f"^f: row 1: {fault}$"):
        check_rows(table(**changes), TASK, Path("f"))


def test_text_that_is_no_utf8_is_refused() -> None:
    rows = table()
    raw = pa.array([b"fine", b"\xff\xfe", b"fine"], pa.binary())
    broken = raw.view(pa.string())
    rows = rows.set_column(rows.column_names.index("question"), "question", broken)
    with pytest.raises(DataError, match="UTF8"):
        check_rows(rows, TASK, Path("f"))
