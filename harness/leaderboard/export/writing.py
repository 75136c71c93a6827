"""Which rows are exported, under which name, and the folder that is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from harness.leaderboard.board import Board, Row
from harness.leaderboard.export.every_eval_ever import Publisher, records
from mceval8k.editions.hub import looks_like_hub_id
from mceval8k.errors import UsageError
from mceval8k.files import write_text
from mceval8k.folders import writing_folder


def chosen_rows(board: Board, models: Sequence[str]) -> tuple[list[tuple[Row, str]], list[str]]:
    """Rows to export, each with the Hub id of its model; and names of models that have none.

    Parameters
    ----------
    board
        All rows.
    models
        `owner/name`, or `NAME=owner/name` for a model that the board has under another name. None:
        every model whose name is a Hub id.

    Raises
    ------
    UsageError
        The board has no such model, or what is to be its id is none.
    """
    if not models:
        known = [row for row in board.rows if looks_like_hub_id(row.model.name)]
        others = {row.model.name for row in board.rows} - {row.model.name for row in known}
        return [(row, row.model.name) for row in known], sorted(others)
    found = []
    for wanted in models:
        name, _, other = wanted.rpartition("=") if "=" in wanted else (wanted, "", wanted)
        rows = [row for row in board.rows if row.model.name == name]
        if not rows:
            raise UsageError(f"--model {name}: the board has no row of it")
        if not looks_like_hub_id(other):
            raise UsageError(f"--model {wanted}: {other!r} is not of the form owner/name")
        found += [(row, other) for row in rows]
    return found, []


def write_records(
    board: Board, rows: Sequence[tuple[Row, str]], publisher: Publisher, folder: Path
) -> list[str]:
    """Write the records of rows to a new or empty folder, in one step; return their paths.

    Raises
    ------
    UsageError
        There is no row, or the folder holds something.
    """
    if not rows:
        raise UsageError("no model has a Hub id: name them with --model NAME=owner/name")
    written = []
    with writing_folder(folder, replaceable=None) as target:
        for row, model_id in rows:
            for name, record in records(board, row, model_id, publisher):
                text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
                write_text(target / name, f"{text}\n")
                written.append(name)
    return sorted(written)
