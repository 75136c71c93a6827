"""What the page of a model is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from harness.leaderboard.baselines import baselines
from harness.leaderboard.board import Board, Row
from harness.leaderboard.site import svg
from harness.leaderboard.site.views import (
    Values,
    by_language,
    detail,
    hub_link,
    naming,
    pooled,
)
from harness.metrics.reliability import Reliability
from mceval8k.task import Task


def model_page(rows: Sequence[Row], board: Board) -> Values:
    """Values of the page of a model, whose rows are given."""
    titles = _titles(rows)
    judged = [(row, title) for row, title in zip(rows, titles, strict=True) if pooled(row)]
    return {
        "name": rows[0].model.name,
        "rows": [
            {**_run(row, board), "title": title} for row, title in zip(rows, titles, strict=True)
        ],
        "lines": [*_averages(rows, board), *_tasks(rows, board)],
        "baselines": [each.name for each in baselines(board)],
        "languages": list(_languages(rows, board)),
        "diagrams": [{"name": title, "points": _points(row)} for row, title in judged],
        "diagram": _diagram(judged),
        "calibration": list(_calibration([row for row, _ in judged], board)) if judged else [],
        "has_items": {task.name for task in board.tasks if _is_unrotated(task, board)},
    }


def _titles(rows: Sequence[Row]) -> list[str]:
    """Settings; with the weights, where these differ."""
    if len({row.model for row in rows}) == 1:
        return [row.setting.label for row in rows]
    return [" · ".join(filter(None, (row.setting.label, detail(row)))) for row in rows]


def _is_unrotated(task: Task, board: Board) -> bool:
    return any(task.name in row.results and not row.setting.rotation for row in board.rows)


def _run(row: Row, board: Board) -> Values:
    runs = {entry.run.file: entry.run for entry in row.entries.values()}
    newest = max(runs.values(), key=lambda run: (run.date, run.file))
    versions = ", ".join(f"{name} {number}" for name, number in sorted(newest.versions.items()))
    return {
        **naming(row, board),
        "hub": hub_link(row.model),
        "date": newest.date[:10],
        "versions": ", ".join(filter(None, (newest.backend, versions))),
        "checked": row.prompts_checked,
        "rank": row.rank.label if row.rank else "–",
        "files": sorted(runs),
    }


def _averages(rows: Sequence[Row], board: Board) -> Iterator[Values]:
    known = baselines(board)
    names = {"headline": "above chance", "genre_macro": "genre-macro", "micro": "micro"}
    for name, shown in names.items():
        cells = [getattr(row.scores, name) for row in rows]
        if any(cells):
            yield _line(shown, cells, [getattr(each, name) for each in known], is_mean=True)
    for genre in board.genres:
        if any(genre in row.genres for row in rows):
            cells = [row.genres.get(genre) for row in rows]
            yield _line(genre, cells, [each.genres.get(genre) for each in known], is_mean=True)


def _line(
    name: str, cells: Sequence[object], reached: Sequence[float | None], *, is_mean: bool
) -> Values:
    return {"name": name, "cells": cells, "baselines": reached, "is_mean": is_mean}


def _tasks(rows: Sequence[Row], board: Board) -> Iterator[Values]:
    known = baselines(board)
    for task in board.tasks:
        results = [row.results.get(task.name) for row in rows]
        if any(results):
            cells = [result and result.count.estimate for result in results]
            reached = [each.tasks.get(task.name) for each in known]
            yield _line(task.name, cells, reached, is_mean=False)


def _languages(rows: Sequence[Row], board: Board) -> Iterator[Values]:
    known = [by_language(row) for row in rows]
    for lang in board.languages:
        if any(lang in each for each in known):
            yield {"name": lang, "cells": [each.get(lang) for each in known]}


def _points(row: Row) -> list[Values]:
    whole = pooled(row)
    assert whole is not None
    bins = zip(whole.counts, whole.confidence, whole.correct, strict=True)
    return [
        {"n": n, "confidence": confidence / n, "accuracy": correct / n}
        for n, confidence, correct in bins
        if n
    ]


def _diagram(judged: Sequence[tuple[Row, str]]) -> Markup:
    points = [
        svg.Point(
            point["confidence"],
            point["accuracy"],
            f"{title}: confidence {point['confidence']:.2f}, accuracy {point['accuracy']:.2f}, "
            f"{point['n']} items",
            series=number,
        )
        for number, (row, title) in enumerate(judged)
        for point in _points(row)
    ]
    axes = svg.shares("mean confidence"), svg.shares("accuracy")
    return svg.figure(points, *axes, name="Reliability diagram", lines=True)


def _calibration(rows: Sequence[Row], board: Board) -> Iterator[Values]:
    for task in board.tasks:
        found = [row.results.get(task.name) for row in rows]
        if any(found):
            yield _figures(task.name, [result.reliability if result else None for result in found])
    yield _figures("all items", [pooled(row) for row in rows])


def _figures(name: str, parts: Sequence[Reliability | None]) -> Values:
    figures = [value for part in parts for value in (part and part.brier, part and part.ece)]
    return {"name": name, "figures": figures}
