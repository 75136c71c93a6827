"""The board as tables: tidy scores, answers as bits, and Markdown to paste."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness.leaderboard.board import Board, Row
from harness.leaderboard.records import Rejected
from harness.leaderboard.site.views import genres_of
from mceval8k.statistics import Estimate

ROW = {
    "row": pa.string(),
    "model": pa.string(),
    "revision": pa.string(),
    "dtype": pa.string(),
    "variant": pa.string(),
    "setting": pa.string(),
}
"""Columns that say which row of the board a line is of."""

SCORES = pa.schema(
    {
        **ROW,
        "pack": pa.string(),
        "shots": pa.string(),
        "scoring": pa.string(),
        "level": pa.string(),
        "name": pa.string(),
        "value": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
        "n": pa.int64(),
        "correct": pa.int64(),
        "chance": pa.float64(),
        "brier": pa.float64(),
        "ece": pa.float64(),
        "date": pa.string(),
        "file": pa.string(),
        "pack_digest": pa.string(),
    }
)
"""One line per row and task, genre or average; `level` says which."""

ANSWERS = pa.schema(
    {
        **ROW,
        "task": pa.string(),
        "n": pa.int64(),
        "ids_digest": pa.string(),
        "is_correct": pa.list_(pa.bool_()),
    }
)
"""One line per row and task: whether each item, in the order of asking, was answered rightly."""


def scores(board: Board) -> list[dict[str, Any]]:
    """Lines of the tidy table of scores."""
    return [line for row in board.rows for line in _lines(row)]


def _lines(row: Row) -> Iterator[dict[str, Any]]:
    setting = {
        **_row(row),
        "pack": row.setting.pack,
        "shots": row.setting.shots,
        "scoring": row.setting.scoring,
    }
    if row.averages:
        for name in ("micro", "genre_macro"):
            yield {**setting, "level": "average", **_value(name, getattr(row.averages, name))}
    for genre, estimate in row.genres.items():
        yield {**setting, "level": "genre", **_value(genre, estimate)}
    for name, entry in row.entries.items():
        result, known = entry.result, entry.result.reliability
        yield {
            **setting,
            "level": "task",
            **_value(name, result.count.estimate),
            "n": result.n,
            "correct": result.count.correct,
            "chance": result.chance,
            "brier": known and known.brier,
            "ece": known and known.ece,
            "date": entry.run.date,
            "file": entry.run.file,
            "pack_digest": result.pack_digest,
        }


def _row(row: Row) -> dict[str, str]:
    model = row.model
    return {
        "row": row.key,
        "model": model.name,
        "revision": model.revision,
        "dtype": model.dtype,
        "variant": model.variant,
        "setting": row.setting.label,
    }


def _value(name: str, estimate: Estimate) -> dict[str, Any]:
    return {"name": name, "value": estimate.value, "low": estimate.low, "high": estimate.high}


def write_parquet(path: Path, table: Any) -> None:
    """Write an Arrow table as parquet."""
    pq.write_table(table, path, compression="zstd")


def answers(board: Board) -> Any:
    """Arrow table of the answers."""
    results = [result for row in board.rows for result in row.results.values()]
    named = [_row(row) for row in board.rows for _ in row.results]
    columns = {name: [line[name] for line in named] for name in ROW}
    offsets = np.cumsum([0, *(result.n for result in results)], dtype=np.int32)
    values = pa.array(np.concatenate([result.is_correct for result in results]))
    return pa.table(
        {
            **columns,
            "task": [result.task for result in results],
            "n": [result.n for result in results],
            "ids_digest": [result.ids_digest for result in results],
            "is_correct": pa.ListArray.from_arrays(pa.array(offsets), values),
        },
        schema=ANSWERS,
    )


def to_csv(lines: list[dict[str, Any]], columns: list[str]) -> str:
    """Lines as CSV; no cell is a formula to a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow({name: _safe(line.get(name)) for name in columns})
    return text.getvalue()


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value


def markdown(board: Board) -> str:
    """Averages and genres as a Markdown table, best first."""
    genres = genres_of(board)
    heads = ["model", "setting", "tasks", "genre-macro", "micro", *genres]
    lines = [_md_line(heads), "|---|---|" + "--:|" * (len(heads) - 2)]
    for row in board.rows:
        averages = (row.averages.genre_macro, row.averages.micro) if row.averages else (None, None)
        cells = [*averages, *(row.genres.get(genre) for genre in genres)]
        named = [escaped(row.model.name), escaped(row.setting.label), str(len(row.entries))]
        lines.append(_md_line([*named, *map(_md_value, cells)]))
    return "\n".join(lines) + "\n"


def _md_line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _md_value(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~@:])", r"\\\1", text)


def rejected_lines(rejected: tuple[Rejected, ...]) -> list[Mapping[str, str]]:
    """What is not on the board, as plain values."""
    return [{"file": each.file, "task": each.task, "reason": each.reason} for each in rejected]
