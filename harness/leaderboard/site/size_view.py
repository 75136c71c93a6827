"""The figure of accuracy by size."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from harness.leaderboard.board import Board, Row
from harness.leaderboard.site import svg
from harness.leaderboard.site.views import Values, page_name


def size_page(board: Board) -> Values:
    """Values of the page: the complete rows of the main setting whose size is known."""
    rows = [row for row in board.rows if row.setting.label == board.main_setting and row.rank]
    known = sorted((row for row in rows if row.parameters), key=lambda row: row.parameters)
    return {
        "setting": board.main_setting,
        "unknown": len(rows) - len(known),
        "diagram": _diagram(known) if known else None,
    }


def _diagram(rows: Sequence[Row]) -> Markup:
    best = _records(rows)
    points = [_point(row, row.key in best) for row in reversed(rows)]
    low = min(0.0, *(point.y for point in points))
    axes = svg.sizes([row.parameters for row in rows]), svg.shares("above chance", low=low)
    return svg.figure(points, *axes, name="Score above chance by number of parameters")


def _records(rows: Sequence[Row]) -> frozenset[str]:
    """Rows better than all smaller ones; of many, the largest."""
    found, best = [], -math.inf
    for row in rows:
        assert row.scores.headline is not None
        if row.scores.headline.value > best:
            best = row.scores.headline.value
            found.append(row.key)
    return frozenset(found[-svg.LABELLED :])


def _point(row: Row, is_labelled: bool) -> svg.Point:
    headline = row.scores.headline
    assert headline is not None
    size = svg.size_text(row.parameters)
    return svg.Point(
        x=math.log10(row.parameters),
        y=headline.value,
        title=f"{row.model.name}, {size}: {headline.value:.3f}",
        link=f"models/{page_name(row.model.name)}.html",
        label=row.model.name.rpartition("/")[2][:28] if is_labelled else "",
    )
