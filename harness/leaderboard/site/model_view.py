"""What the page of a model is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.leaderboard.board import Board, Row
from harness.leaderboard.reliability import Reliability
from harness.leaderboard.site.views import (
    Values,
    detail,
    genres_of,
    naming,
    pooled,
    shown_example,
)
from mceval8k.task import Task

SHOWN = 1
"""Examples of each task on a model's page; the task's own page has them all."""


def model_page(rows: Sequence[Row], board: Board) -> Values:
    """Values of the page of a model, whose rows are given."""
    titles = _titles(rows)
    judged = [(row, title) for row, title in zip(rows, titles, strict=True) if _is_judged(row)]
    return {
        "name": rows[0].model.name,
        "rows": [{**_run(row), "title": title} for row, title in zip(rows, titles, strict=True)],
        "lines": [*_averages(rows, board), *_tasks(rows, board)],
        "diagrams": [{"name": title, "points": _points(row)} for row, title in judged],
        "calibration": list(_calibration([row for row, _ in judged], board)) if judged else [],
        "examples": list(_examples(rows, titles, board)),
    }


def _titles(rows: Sequence[Row]) -> list[str]:
    """Settings; with the weights, where these differ."""
    if len({row.model for row in rows}) == 1:
        return [row.setting.label for row in rows]
    return [" · ".join(filter(None, (row.setting.label, detail(row)))) for row in rows]


def _is_judged(row: Row) -> bool:
    return pooled(row) is not None


def _run(row: Row) -> Values:
    runs = {entry.run.file: entry.run for entry in row.entries.values()}
    newest = max(runs.values(), key=lambda run: (run.date, run.file))
    versions = ", ".join(f"{name} {number}" for name, number in sorted(newest.versions.items()))
    return {
        **naming(row),
        "date": newest.date[:10],
        "versions": ", ".join(filter(None, (newest.backend, versions))),
        "files": sorted(runs),
    }


def _averages(rows: Sequence[Row], board: Board) -> Iterator[Values]:
    averages = [row.averages for row in rows]
    if any(averages):
        yield _line("genre-macro", [each and each.genre_macro for each in averages])
        yield _line("micro", [each and each.micro for each in averages])
    for genre in genres_of(board):
        if any(genre in row.genres for row in rows):
            yield _line(genre, [row.genres.get(genre) for row in rows])


def _line(name: str, cells: Sequence[object]) -> Values:
    return {"name": name, "cells": cells, "chance": None, "is_mean": True, "link": False}


def _tasks(rows: Sequence[Row], board: Board) -> Iterator[Values]:
    for task in board.tasks:
        results = [row.results.get(task.name) for row in rows]
        known = [result for result in results if result]
        if known:
            cells = [result and result.count.estimate for result in results]
            line = {**_line(task.name, cells), "chance": known[0].chance}
            yield {**line, "is_mean": False, "link": True}


def _points(row: Row) -> list[Values]:
    whole = pooled(row)
    assert whole is not None
    bins = zip(whole.counts, whole.confidence, whole.correct, strict=True)
    return [
        {"n": n, "confidence": round(confidence / n, 4), "accuracy": round(correct / n, 4)}
        for n, confidence, correct in bins
        if n
    ]


def _calibration(rows: Sequence[Row], board: Board) -> Iterator[Values]:
    for task in board.tasks:
        found = [row.results.get(task.name) for row in rows]
        if any(found):
            yield _figures(task.name, [result.reliability if result else None for result in found])
    yield _figures("all items", [pooled(row) for row in rows])


def _figures(name: str, parts: Sequence[Reliability | None]) -> Values:
    figures = [value for part in parts for value in (part and part.brier, part and part.ece)]
    return {"name": name, "figures": figures}


def _examples(rows: Sequence[Row], titles: Sequence[str], board: Board) -> Iterator[Values]:
    """Examples of each task; rotated rows show the options elsewhere and are left out."""
    named = [(r, t) for r, t in zip(rows, titles, strict=True) if not r.setting.rotation]
    for task in board.tasks:
        having = [(row, title) for row, title in named if task.name in row.results]
        if having:
            yield _task_examples(task, having)


def _task_examples(task: Task, having: Sequence[tuple[Row, str]]) -> Values:
    results = [row.results[task.name] for row, _ in having]
    examples = [
        shown_example(example, [result.examples[index].probabilities for result in results])
        for index, example in enumerate(results[0].examples[:SHOWN])
    ]
    return {"name": task.name, "settings": [title for _, title in having], "examples": examples}
