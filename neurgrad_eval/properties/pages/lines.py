"""Line charts with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go

from neurgrad_eval.report.charts import COLOURS, GREY, ORANGE, PURPLE, styled

_OTHERS = {"tree": PURPLE, "logistic": "#8a6d1f"}


@dataclass(frozen=True)
class Line:
    """A line of a chart; `low` and `high` are bounds of intervals, if it has any."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    colour: str = GREY
    dash: str = "solid"


def colour_of(probe: str) -> str:
    """Colour of a probe on all pages."""
    return COLOURS.get(probe) or _OTHERS.get(probe, GREY)


def estimates(
    name: str, x: Sequence[float], rows: Iterable[Mapping[str, Any]], colour: str
) -> Line:
    """Line of estimates with their intervals."""
    values = list(rows)
    return Line(
        name,
        x,
        [value["value"] for value in values],
        [value["low"] for value in values],
        [value["high"] for value in values],
        colour,
    )


def chart(
    lines: Iterable[Line],
    *,
    x_title: str,
    chance: float | None = None,
    y_title: str = "accuracy",
    logarithmic: bool = True,
    ticks: Sequence[tuple[float, str]] = (),
) -> Any:
    """Chart of lines; a level line marks chance."""
    figure = go.Figure()
    for line in lines:
        figure.add_scatter(
            x=list(line.x),
            y=list(line.y),
            error_y=_whiskers(line),
            mode="lines+markers" if line.dash == "solid" else "lines",
            line={"color": line.colour, "dash": line.dash},
            name=escape(line.name),
            hovertemplate="%{x}: %{y:.3f}<extra></extra>",
        )
    if chance is not None:
        figure.add_hline(y=chance, line_color=ORANGE, line_width=2, annotation_text="chance")
    figure.update_xaxes(title=x_title, type="log" if logarithmic else "linear")
    if ticks:
        values, texts = zip(*ticks, strict=True)
        figure.update_xaxes(tickvals=list(values), ticktext=list(texts))
    figure.update_yaxes(title=y_title, tickformat=".0%")
    return styled(figure, height=420)


def count_ticks(counts: Iterable[int]) -> list[tuple[float, str]]:
    """Ticks at numbers of neurons or prompts: not more than about eight."""
    values = sorted(set(counts))
    step = -(-len(values) // 8)
    return [(value, f"{value:,}") for value in values[::-1][::step]]


def _whiskers(line: Line) -> dict[str, Any] | None:
    if not line.low:
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - y for high, y in zip(line.high, line.y, strict=True)],
        "arrayminus": [y - low for low, y in zip(line.low, line.y, strict=True)],
        "thickness": 1,
        "width": 3,
    }
