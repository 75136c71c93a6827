"""Axes of a chart: titles, ticks, lines at levels, and how high it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from neurgrad_eval.show.views import Chart
from neurgrad_eval.show.words import FORMATS, heading

ORANGE, GREY = "#c8641e", "#777777"

Columns = Mapping[str, Sequence[Any]]


def draw_axes(figure: Any, rows: pa.Table, chart: Chart) -> None:
    """Draw titles, ticks and lines of a figure whose traces are there."""
    first = chart.y.split()[0]
    y_title = chart.y_title or (heading(first) if first == chart.y else "")
    x_title, share = chart.x_title or heading(chart.x), FORMATS.get(first) in ("share", "change")
    level = level_of(rows.to_pydict(), chart.level)
    if chart.kind == "forest":
        figure.update_yaxes(autorange="reversed", automargin=True, type="category")
        figure.update_xaxes(title=y_title, tickformat=".0%" if share else "")
        if chart.series:  # things of one row stand below each other
            figure.update_layout(scattermode="group", scattergap=0.15)
        if level is not None:
            figure.add_vline(x=level, line_color=ORANGE, line_width=2)
        return
    if chart.kind == "heatmap":
        figure.update_yaxes(autorange="reversed", title=y_title, automargin=True)
        figure.update_xaxes(title=x_title, automargin=True)
        return
    if level is not None:
        figure.add_hline(y=level, line_color=ORANGE, line_width=2)
    if (baseline := level_of(rows.to_pydict(), chart.baseline)) is not None:
        figure.add_hline(y=baseline, line_color=GREY, line_width=2, line_dash="dash")
    if chart.identity:
        values = [v for v in rows[chart.x].to_pylist() if v is not None]
        ends = [min(values, default=0), max(values, default=0)]
        line = {"color": GREY, "dash": "dot"}
        figure.add_scatter(x=ends, y=ends, mode="lines", line=line, name="equal")
    figure.update_xaxes(title=x_title)
    if chart.kind == "bars":
        figure.update_xaxes(type="category")
    elif chart.log_x:
        figure.update_xaxes(type="log", **_ticks(rows[chart.x].to_pylist()))
    figure.update_yaxes(title=y_title, type="log" if chart.log_y else "linear")
    figure.update_yaxes(tickformat=".0%" if share else "")


def _ticks(values: Sequence[Any]) -> dict[str, Any]:
    """Ticks at the values that there are: not more than about eight."""
    distinct = sorted({value for value in values if value is not None})
    shown = distinct[::-1][:: -(-len(distinct) // 8) or 1]
    return {"tickvals": shown, "ticktext": [f"{value:,}" for value in shown]}


def level_of(columns: Columns, level: str | float | None) -> float | None:
    """Give a level as it is, or that of the first row which has one where it names a column."""
    if not isinstance(level, str):
        return level
    known = [value for value in columns[level] if value is not None]
    return known[0] if known else None


def chart_height(chart: Chart, rows: int) -> int:
    """Height in pixels of a chart of so many rows."""
    if chart.kind == "forest":
        return 140 + 26 * rows
    return 200 + 44 * round(rows**0.5) if chart.kind == "heatmap" else 420
