"""The page of a task's first items, and the probabilities that every row gives their options."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.leaderboard.board import Board, Row
from harness.leaderboard.site.views import Values
from harness.tasks.rotation import original_option
from mceval8k.task import Task

FULL = 250
"""A probability of 1 in a byte."""
UNKNOWN = 255
"""In the place of a probability: the item has no such option."""


def items_page(task: Task, board: Board) -> Values | None:
    """Values of the page; None for a task that no row has."""
    rows = [row for row in board.rows if task.name in row.results]
    plain = next((row for row in rows if not row.setting.rotation), None)
    if plain is None:
        return None
    examples = plain.results[task.name].examples
    right = np.stack([row.results[task.name].is_correct[: len(examples)] for row in rows])
    return {
        "task": task,
        "evaluated": len(rows),
        "items": [
            {"item": example, "right": int(right[:, index].sum())}
            for index, example in enumerate(examples)
        ],
    }


def item_data(task: Task, board: Board, count: int) -> dict[str, Any]:
    """Probabilities of the options, in the edition's order, of the first `count` items.

    `values` is base64 of bytes [row, item, option]: a probability times `FULL`, or `UNKNOWN`.
    """
    rows = [
        (index, row)
        for index, row in enumerate(board.rows)
        if task.name in row.results and row.results[task.name].probabilities is not None
    ]
    tables = [_table(row, task.name, count) for _, row in rows]
    width = max((table.shape[1] for table in tables), default=0)
    values = np.full((len(tables), count, width), UNKNOWN, dtype=np.uint8)
    for place, table in zip(values, tables, strict=True):
        place[:, : table.shape[1]] = table
    return {
        "rows": [index for index, _ in rows],
        "width": width,
        "values": base64.b64encode(values.tobytes()).decode(),
    }


def _table(row: Row, task: str, count: int) -> Any:
    result = row.results[task]
    known = result.probabilities
    assert known is not None
    scaled = np.rint(known[:count].astype(np.float32) * FULL).astype(np.uint8)
    table = np.full_like(scaled, UNKNOWN)
    for item, example in enumerate(result.examples[:count]):
        options = len(example.options)
        order = _edition_order(options, result.rotation)
        table[item, order] = scaled[item, :options]
    return table


def _edition_order(options: int, rotation: int) -> Sequence[int]:
    return [original_option(position, rotation, options) for position in range(options)]
