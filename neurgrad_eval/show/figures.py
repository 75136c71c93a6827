"""Charts of tidy tables, as Plotly draws them; every name that comes from the data is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from neurgrad_eval.show.axes import GREY, ORANGE, Columns, chart_height, draw_axes, level_of
from neurgrad_eval.show.cells import select
from neurgrad_eval.show.views import Chart
from neurgrad_eval.show.words import heading

if TYPE_CHECKING:
    import plotly.graph_objects as go

BLUE, GREEN, PURPLE = "#2f6db5", "#3c8c5a", "#8257a8"
_PALETTE = (BLUE, ORANGE, GREEN, PURPLE, "#8a6d1f", "#b0476b", "#3f9aa0", "#5c5c8a")
COLOURS = {
    "polarity": BLUE,
    "magnitude": ORANGE,
    "activation": GREEN,
    "tree": PURPLE,
    "logistic": "#8a6d1f",
    "centred": "#3f9aa0",
    "lm-prob": GREY,
    "text": "#b0476b",
    "random neurons": ORANGE,
    "ranked neurons": BLUE,
}
"""Colours that things have in every figure."""
_DASHES = ("dash", "dot", "dashdot")


def draw(table: pa.Table, chart: Chart, where: Mapping[str, Any] | None = None) -> go.Figure:
    """Draw a chart of a table's rows.

    Parameters
    ----------
    table
        A tidy table that has the chart's columns.
    chart
        What is drawn.
    where
        Rows that are drawn: those with these values.
    """
    import plotly.graph_objects as go

    rows = _escaped(select(table, where or {}))
    figure = go.Figure()
    if chart.kind == "heatmap":
        _heatmap(figure, rows.to_pydict(), chart, table)
    else:
        _band(figure, rows.to_pydict(), chart)
        palette, several = cycle(_PALETTE), chart.y.split()
        for name, columns in _series(rows, chart):
            for y in several:
                label = ", ".join(filter(None, (name, heading(y) if len(several) > 1 else "")))
                colour = COLOURS.get(label.split(",")[0]) or next(palette)
                _trace(figure, columns, chart, y, label, colour)
    draw_axes(figure, rows, chart)
    return styled(figure, chart_height(chart, len(rows)))


def describe(table: pa.Table, chart: Chart) -> str:
    """What a chart shows, in words: its caption, which is also read aloud in its place."""
    if chart.kind == "heatmap":
        across, down = heading(chart.x), heading(chart.y)
        return f"{heading(chart.value)} by {across} (across) and {down} (down)"
    shown = _said(chart.y)
    of = "of each" if chart.kind == "forest" else "over"
    parts = [f"{chart.y_title or shown} {of} {chart.x_title or _said(chart.x)}"]
    if chart.series:
        parts.append(f"by {_said(chart.series)}")
    if any(f"{name}_low" in table.column_names for name in chart.y.split()):
        parts.append("bars are 95 % intervals")
    if chart.references:
        parts.append(f"broken lines are {_said(chart.references)}")
    if isinstance(chart.level, str):
        parts.append(f"the orange line is {heading(chart.level)}")
    if chart.marks:
        parts.append(f"orange marks are {heading(chart.marks)}")
    return "; ".join(parts)


def _escaped(rows: pa.Table) -> pa.Table:
    """Rows whose texts Plotly, which reads some HTML, draws as they are."""
    for at, field in enumerate(rows.schema):
        if not (pa.types.is_primitive(field.type) or pa.types.is_null(field.type)):
            texts = [None if v is None else escape(str(v)) for v in rows[field.name].to_pylist()]
            rows = rows.set_column(at, field.name, pa.array(texts, pa.string()))
    return rows


def _said(names: str) -> str:
    return " and ".join(map(heading, names.split()))


def styled(figure: go.Figure, height: int = 380) -> go.Figure:
    """Figure in the look that all pages share."""
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 60, "r": 20, "t": 30, "b": 60},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01},
        font={"family": "system-ui, sans-serif", "size": 14},
    )
    return figure


def _series(rows: pa.Table, chart: Chart) -> Iterator[tuple[str, Columns]]:
    """Each line's name and columns, in the order in which the lines first occur."""
    if not chart.series:
        yield "", rows.to_pydict()
        return
    names = chart.series.split()
    keys = list(zip(*(rows[name].to_pylist() for name in names), strict=True))
    for key in dict.fromkeys(keys):
        own = [number for number, other in enumerate(keys) if other == key]
        words = [_word(value) for value in key]
        yield ", ".join(words), rows.take(own).to_pydict()


def _word(value: Any) -> str:
    if value is None:
        return "unlimited"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _trace(figure: Any, columns: Columns, chart: Chart, y: str, label: str, colour: str) -> None:
    name = label or heading(y)
    if chart.kind == "bars":
        figure.add_bar(
            x=_names(columns, chart.x),
            y=columns[y],
            error_y=error_bars(columns, y),
            name=name,
            marker_color=colour,
        )
    elif chart.kind == "forest":
        _forest(figure, columns, chart, y, name, colour)
    else:
        _points(figure, columns, chart, y, name, colour)


def _forest(figure: Any, columns: Columns, chart: Chart, y: str, name: str, colour: str) -> None:
    """Values side by side, each at its name's height, with the chart's marks."""
    names = _names(columns, chart.x)
    figure.add_scatter(
        x=columns[y],
        y=names,
        error_x=error_bars(columns, y),
        mode="markers",
        orientation="h",
        offsetgroup=name,  # its marks are drawn at the same height
        name=name,
        marker={"size": 11, "color": colour},
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    if chart.marks:
        figure.add_scatter(
            x=columns[chart.marks],
            y=names,
            mode="markers",
            orientation="h",
            offsetgroup=name,
            marker={"symbol": "line-ns", "size": 14, "line": {"width": 3, "color": ORANGE}},
            name=heading(chart.marks),
            legendgroup=chart.marks,
            showlegend=not any(one.legendgroup == chart.marks for one in figure.data),
        )


def _points(figure: Any, columns: Columns, chart: Chart, y: str, name: str, colour: str) -> None:
    """Points, joined where the chart is one of lines, with its references."""
    x = columns[chart.x]
    figure.add_scatter(
        x=x,
        y=columns[y],
        error_y=error_bars(columns, y),
        mode="lines+markers" if chart.kind == "lines" else "markers",
        line={"color": colour},
        marker={"size": 6 if chart.kind == "lines" else 5, "color": colour},
        opacity=1 if chart.kind == "lines" else 0.6,
        name=name,
        hovertemplate="%{x}: %{y:.4g}<extra></extra>",
    )
    for column, dash in zip(chart.references.split(), cycle(_DASHES), strict=False):
        if any(value is not None for value in columns.get(column, ())):
            joined = ": ".join(filter(None, (name, heading(column))))
            figure.add_scatter(
                x=x, y=columns[column], mode="lines", line={"color": colour, "dash": dash},
                name=joined,
            )  # fmt: skip


def error_bars(columns: Columns, name: str) -> dict[str, Any] | None:
    """Error bars of a column that has bounds beside it."""
    if f"{name}_low" not in columns:
        return None
    triples = list(zip(columns[name], columns[f"{name}_low"], columns[f"{name}_high"], strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": [None if high is None else high - value for value, _, high in triples],
        "arrayminus": [None if low is None else value - low for value, low, _ in triples],
        "thickness": 1,
        "width": 3,
    }


def _band(figure: Any, columns: Columns, chart: Chart) -> None:
    ends = chart.band.split()
    for low, high in zip(ends[::2], ends[1::2], strict=True):
        triples = sorted(zip(columns[chart.x], columns[low], columns[high], strict=True))
        if any(bottom is None or bottom != bottom for _, bottom, _ in triples):  # noqa: PLR0124
            continue
        figure.add_scatter(
            x=[x for x, _, _ in triples] + [x for x, _, _ in reversed(triples)],
            y=[top for _, _, top in triples] + [bottom for _, bottom, _ in reversed(triples)],
            mode="lines",
            fill="toself",
            line={"width": 0, "color": GREY},
            opacity=0.35,
            name=f"{low.split('_')[0]} sets",
            hoverinfo="skip",
        )


def _heatmap(figure: Any, columns: Columns, chart: Chart, table: pa.Table) -> None:
    triples = list(zip(columns[chart.x], columns[chart.y], columns[chart.value], strict=True))
    across, down = (list(dict.fromkeys(columns[name])) for name in (chart.x, chart.y))
    found = {(x, y): value for x, y, value in triples}
    # Numbers keep things of one name apart, and in order.
    names = [f"{number}: {_word(name)}" for number, name in enumerate(across, 1)]
    values = [[found.get((x, y)) for x in across] for y in down]
    figure.add_heatmap(
        z=values,
        x=names,
        y=[f"{number}: {_word(name)}" for number, name in enumerate(down, 1)],
        colorscale="Blues",
        text=[["" if value is None else f"{value:.3f}" for value in row] for row in values],
        texttemplate="%{text}",
        zmin=level_of(columns, chart.level),
        zmax=max(table[chart.value].to_pylist()),  # one scale of colours for all of a table
        hovertemplate=f"{chart.y}: %{{y}}<br>{chart.x}: %{{x}}<br>%{{z:.3f}}<extra></extra>",
    )


def _names(columns: Columns, of: str) -> list[str]:
    """Labels of an axis without numbers, of one column or of several together."""
    rows = zip(*(columns[name] for name in of.split()), strict=True)
    several = len(of.split()) > 1
    return [", ".join(_word(v) for v in row if not several or v is not None) for row in rows]
