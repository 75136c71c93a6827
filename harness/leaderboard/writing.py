"""The folder of a board: `site/` to be opened or served, `data/` to be worked with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.leaderboard import tables
from harness.leaderboard.board import Board, Row
from harness.leaderboard.readmes import SPACE, data_readme
from harness.leaderboard.site.pages import site_files
from mceval8k.csv_text import to_csv
from mceval8k.folders import files_in, writing_folder
from mceval8k.version import __version__

SUMMARY = "leaderboard.json"
DOWNLOADS = ("scores.csv", "scores.parquet", "answers.parquet", "rejected.csv")
"""Tables that the pages offer."""


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
        _write_summary(board, target)


def _write_summary(board: Board, target: Path) -> None:
    """Write the summary, and copy what the pages offer into the site, which is published alone."""
    folder = target / "site" / "data"
    folder.mkdir()
    for name in DOWNLOADS:
        shutil.copyfile(target / "data" / name, folder / name)
    files = sorted([*files_in(target), f"site/data/{SUMMARY}"])
    text = json.dumps({**summary(board), "files": files}, indent=1, ensure_ascii=False) + "\n"
    for place in (target, folder):
        (place / SUMMARY).write_text(text, encoding="utf-8")


def write_data(board: Board, folder: Path) -> None:
    """Write the tables."""
    folder.mkdir(parents=True)
    lines = tables.scores(board)
    tables.write_parquet(folder / "scores.parquet", pa.Table.from_pylist(lines, tables.SCORES))
    tables.write_parquet(folder / "answers.parquet", tables.answers(board))
    tables.write_parquet(folder / "probabilities.parquet", tables.probabilities(board))
    (folder / "scores.csv").write_bytes(to_csv(tables.SCORES.names, lines).encode())
    left_out = tables.rejected_lines(board.rejected)
    (folder / "rejected.csv").write_bytes(to_csv(["file", "task", "reason"], left_out).encode())
    (folder / "README.md").write_text(data_readme(board), encoding="utf-8")


def summary(board: Board) -> dict[str, Any]:
    """The board as plain values."""
    return {
        "mceval8k_version": __version__,
        "edition_digest": board.edition,
        "tasks": [task.name for task in board.tasks],
        "runs": len(board.runs),
        "main_setting": board.main_setting,
        "chance": dict(board.chances),
        "shortcuts": dict(board.shortcuts),
        "rows": [_row(row) for row in board.rows],
        "rejected": tables.rejected_lines(board.rejected),
    }


def _row(row: Row) -> dict[str, Any]:
    known = row.scores
    return {
        **tables.row_values(row),
        "chance_corrected": known.headline and known.headline.value,
        "rank": row.rank.label if row.rank else None,
        "genre_macro": known.genre_macro and known.genre_macro.value,
        "micro": known.micro and known.micro.value,
        "genres": {genre: estimate.value for genre, estimate in row.genres.items()},
        "tasks": {name: result.count.accuracy for name, result in row.results.items()},
        "prompts_checked": row.prompts_checked,
        "date": max(entry.run.date for entry in row.entries.values()),
    }
