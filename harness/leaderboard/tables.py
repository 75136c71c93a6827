"""The board as tables: tidy scores, answers as bits, and Markdown to paste."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness.leaderboard.baselines import baselines
from harness.leaderboard.board import Board, Row
from harness.leaderboard.ranking import chance_corrected
from harness.leaderboard.records import Rejected, TaskResult
from mceval8k.markdown_text import plain
from mceval8k.statistics import Estimate

ROW = {
    "row": pa.string(),
    "model": pa.string(),
    "revision": pa.string(),
    "dtype": pa.string(),
    "variant": pa.string(),
    "parameters": pa.int64(),
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
        "lang": pa.string(),
        "value": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
        "n": pa.int64(),
        "correct": pa.int64(),
        "chance": pa.float64(),
        "chance_corrected": pa.float64(),
        "shortcut": pa.float64(),
        "rank_best": pa.int64(),
        "rank_worst": pa.int64(),
        "brier": pa.float64(),
        "ece": pa.float64(),
        "date": pa.string(),
        "file": pa.string(),
        "pack_digest": pa.string(),
    }
)
"""One line per row and task, language of a task, genre or average; `level` says which."""

ANSWERS = pa.schema(
    {
        **ROW,
        "task": pa.string(),
        "n": pa.int64(),
        "ids_digest": pa.string(),
        "is_correct": pa.list_(pa.bool_()),
        "group": pa.list_(pa.uint32()),
    }
)
"""One line per row and task, its lists in the order of asking: whether each item was answered
rightly, and the number of the group that it is in."""

PROBABILITIES = pa.schema(
    {
        "row": pa.string(),
        "task": pa.string(),
        "ids_digest": pa.string(),
        "rotation": pa.int64(),
        "n_options": pa.int64(),
        "probabilities": pa.list_(pa.float16()),
    }
)
"""One line per row and task: of each item, in the order of asking, the probabilities of
`n_options` options as they were shown; 0 beyond an item's own."""


def scores(board: Board) -> list[dict[str, Any]]:
    """Lines of the tidy table of scores."""
    return [line for row in board.rows for line in _lines(row, board)]


def _lines(row: Row, board: Board) -> Iterator[dict[str, Any]]:
    setting = {
        **row_values(row),
        "pack": row.setting.pack,
        "shots": row.setting.shots,
        "scoring": row.setting.scoring,
    }
    for name in ("headline", "genre_macro", "micro"):
        if (estimate := getattr(row.scores, name)) is not None:
            yield {**setting, "level": "average", **_average(name, estimate, row)}
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
            "chance_corrected": chance_corrected(result.count.accuracy, result.chance),
            "shortcut": board.shortcuts.get(name),
            "brier": known and known.brier,
            "ece": known and known.ece,
            "date": entry.run.date,
            "file": entry.run.file,
            "pack_digest": result.pack_digest,
        }
        if len(result.languages) > 1:
            yield from ({**setting, **line} for line in _languages(name, result))


def _average(name: str, estimate: Estimate, row: Row) -> dict[str, Any]:
    value = _value("chance_corrected" if name == "headline" else name, estimate)
    if name != "headline" or row.rank is None:
        return value
    return {**value, "rank_best": row.rank.best, "rank_worst": row.rank.worst}


def _languages(name: str, result: TaskResult) -> Iterator[dict[str, Any]]:
    for lang, count in result.languages.items():
        yield {
            "level": "language",
            "lang": lang,
            **_value(name, count.estimate),
            "n": count.n,
            "correct": count.correct,
        }


def row_values(row: Row) -> dict[str, Any]:
    """What says which row a line is of."""
    model = row.model
    return {
        "row": row.key,
        "model": model.name,
        "revision": model.revision,
        "dtype": model.dtype,
        "variant": model.variant,
        "parameters": row.parameters or None,
        "setting": row.setting.label,
    }


def _value(name: str, estimate: Estimate) -> dict[str, Any]:
    bounds = {"low": estimate.low, "high": estimate.high}
    known = {key: value for key, value in bounds.items() if math.isfinite(value)}
    return {"name": name, "value": estimate.value, **known}


def write_parquet(path: Path, table: Any) -> None:
    """Write an Arrow table as parquet."""
    pq.write_table(table, path, compression="zstd")


def answers(board: Board) -> Any:
    """Arrow table of the answers."""
    results = _results(board)
    columns = {
        name: [row_values(row)[name] for row in board.rows for _ in row.results] for name in ROW
    }
    return pa.table(
        {
            **columns,
            "task": [result.task for result in results],
            "n": [result.n for result in results],
            "ids_digest": [result.ids_digest for result in results],
            "is_correct": _lists([result.is_correct for result in results]),
            "group": _lists([result.groups for result in results]),
        },
        schema=ANSWERS,
    )


def probabilities(board: Board) -> Any:
    """Arrow table of the probabilities of all options, where log-likelihoods were compared."""
    known = [(row, result) for row in board.rows for result in row.results.values()]
    known = [(row, result) for row, result in known if result.probabilities is not None]
    shares = [result.probabilities for _, result in known]
    return pa.table(
        {
            "row": [row.key for row, _ in known],
            "task": [result.task for _, result in known],
            "ids_digest": [result.ids_digest for _, result in known],
            "rotation": [result.rotation for _, result in known],
            "n_options": [each.shape[1] for each in shares if each is not None],
            "probabilities": _lists([each.ravel() for each in shares if each is not None]),
        },
        schema=PROBABILITIES,
    )


def _results(board: Board) -> list[TaskResult]:
    return [result for row in board.rows for result in row.results.values()]


def _lists(arrays: Sequence[Any]) -> Any:
    """Arrow list array of NumPy arrays."""
    offsets = np.cumsum([0, *map(len, arrays)], dtype=np.int32)
    values = np.concatenate(arrays) if arrays else np.zeros(0, np.float16)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))


def markdown(board: Board) -> str:
    """Ranks, averages and genres as a Markdown table, best first."""
    heads = ["rank", "model", "setting", "above chance", "genre-macro", "micro", *board.genres]
    lines = [_md_line(heads), "|---|---|---|" + "--:|" * (len(heads) - 3)]
    for each in baselines(board):
        reached = (each.headline, each.genre_macro, each.micro, *map(each.genres.get, board.genres))
        lines.append(_md_line(["", each.name, "", *map(_md_figure, reached)]))
    for row in board.rows:
        known = row.scores
        cells = [known.headline, known.genre_macro, known.micro, *map(row.genres.get, board.genres)]
        rank = row.rank.label if row.rank else "–"
        named = [rank, plain(board.short_names[row.model.name]), plain(row.setting.label)]
        lines.append(_md_line([*named, *map(_md_value, cells)]))
    return "\n".join(lines) + "\n"


def _md_line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _md_figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _md_value(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    if not math.isfinite(estimate.low):
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})"


def rejected_lines(rejected: tuple[Rejected, ...]) -> list[Mapping[str, str]]:
    """What is not on the board, as plain values."""
    return [{"file": each.file, "task": each.task, "reason": each.reason} for each in rejected]
