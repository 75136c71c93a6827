"""The folder of a board: `site/` to be opened or served, `data/` to be worked with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.leaderboard import tables
from harness.leaderboard.board import Board, Row
from harness.leaderboard.readmes import SPACE, data_readme
from harness.leaderboard.site.pages import site_files
from mceval8k.files import writing_folder
from mceval8k.version import __version__

SUMMARY = "leaderboard.json"


def write_board(board: Board, folder: Path) -> None:
    """Write a board's folder in one step; only an earlier board is replaced.

    Raises
    ------
    UsageError
        The folder holds something else.
    """
    with writing_folder(folder, replaceable=SUMMARY) as target:
        write_data(board, target / "data")
        for name, text in site_files(board):
            path = target / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        (target / "site" / "README.md").write_text(SPACE, encoding="utf-8")
        (target / "leaderboard.md").write_text(tables.markdown(board), encoding="utf-8")
        text = json.dumps(summary(board), indent=1, ensure_ascii=False)
        (target / SUMMARY).write_text(text + "\n", encoding="utf-8")


def write_data(board: Board, folder: Path) -> None:
    """Write the tables."""
    folder.mkdir(parents=True)
    lines = tables.scores(board)
    tables.write_parquet(folder / "scores.parquet", pa.Table.from_pylist(lines, tables.SCORES))
    tables.write_parquet(folder / "answers.parquet", tables.answers(board))
    text = tables.to_csv(lines, tables.SCORES.names)
    (folder / "scores.csv").write_text(text, encoding="utf-8")
    left_out: list[Any] = list(tables.rejected_lines(board.rejected))
    text = tables.to_csv(left_out, ["file", "task", "reason"])
    (folder / "rejected.csv").write_text(text, encoding="utf-8")
    (folder / "README.md").write_text(data_readme(board), encoding="utf-8")


def summary(board: Board) -> dict[str, Any]:
    """The board as plain values."""
    return {
        "mceval8k_version": __version__,
        "edition_digest": board.edition,
        "tasks": [task.name for task in board.tasks],
        "files": board.files,
        "rows": [_row(row) for row in board.rows],
        "rejected": tables.rejected_lines(board.rejected),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "row": row.key,
        "model": row.model.name,
        "revision": row.model.revision,
        "dtype": row.model.dtype,
        "variant": row.model.variant,
        "setting": row.setting.label,
        "genre_macro": row.averages and row.averages.genre_macro.value,
        "micro": row.averages and row.averages.micro.value,
        "genres": {genre: estimate.value for genre, estimate in row.genres.items()},
        "tasks": {name: result.count.accuracy for name, result in row.results.items()},
        "date": max(entry.run.date for entry in row.entries.values()),
    }
