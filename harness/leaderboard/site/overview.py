"""The overview: its rows for people without JavaScript, and all of them as data for the page."""

from __future__ import annotations

from typing import Any

from harness.leaderboard.baselines import baselines
from harness.leaderboard.board import Board, Row
from harness.leaderboard.site.views import Values, naming, pooled
from mceval8k.statistics import Estimate, seed_of

SHOWN = 100
"""Rows in the page itself; the script shows the rest."""


def board_data(board: Board) -> dict[str, Any]:
    """All rows in short: shares are whole thousandths, None where there is none."""
    settings = sorted({row.setting.label for row in board.rows})
    return {
        "genres": list(board.genres),
        "tasks": [_task(board, task.name, task.genre) for task in board.tasks],
        "settings": settings,
        "main": settings.index(board.main_setting),
        "references": references(board),
        "rows": [_row(row, board, settings.index(row.setting.label)) for row in board.rows],
    }


def _task(board: Board, name: str, genre: str) -> dict[str, Any]:
    evaluated = next((row.results[name] for row in board.rows if name in row.results), None)
    return {
        "name": name,
        "genre": genre,
        "n": evaluated.n if evaluated else 0,
        "chance": evaluated.chance if evaluated else None,
        "seed": seed_of(name),
    }


def _row(row: Row, board: Board, setting: int) -> list[Any]:
    known, named = row.scores, naming(row, board)
    headline = known.headline
    everything = pooled(row) if headline else None
    results = row.results
    return [
        row.key,
        named["name"],
        named["page"],
        named["detail"],
        setting,
        row.parameters,
        row.rank.label if row.rank else "",
        [*map(thousandths, (headline.value, headline.low, headline.high))] if headline else None,
        thousandths(_value(known.genre_macro)),
        thousandths(_value(known.micro)),
        [thousandths(_value(row.genres.get(genre))) for genre in board.genres],
        [
            thousandths(results[task.name].count.accuracy if task.name in results else None)
            for task in board.tasks
        ],
        thousandths(everything.brier if everything else None),
        thousandths(everything.ece if everything else None),
        named["whole"],
    ]


def _value(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value


def thousandths(value: float | None) -> int | None:
    """A share as whole thousandths; None where it is none."""
    return None if value is None or value != value else round(value * 1000)  # noqa: PLR0124 (NaN)


def references(board: Board) -> list[list[Any]]:
    """Baselines in short, in the order in which the page reads them."""
    return [
        [
            each.name,
            *map(thousandths, (each.headline, each.genre_macro, each.micro)),
            [thousandths(each.genres.get(genre)) for genre in board.genres],
            [thousandths(each.tasks.get(task.name)) for task in board.tasks],
        ]
        for each in baselines(board)
    ]


def first_rows(board: Board) -> list[Values]:
    """Rows that the page itself holds: the first of the main setting."""
    chosen = [row for row in board.rows if row.setting.label == board.main_setting][:SHOWN]
    return [
        {
            **naming(row, board),
            "rank": row.rank.label if row.rank else "",
            "headline": row.scores.headline,
            "means": [
                _value(row.scores.genre_macro),
                _value(row.scores.micro),
                *(_value(row.genres.get(genre)) for genre in board.genres),
            ],
        }
        for row in chosen
    ]
