"""Figures of the report, as Plotly draws them; all names from the data are escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from neurgrad_eval.report.runs import LayerCounts

BLUE, ORANGE, GREEN, PURPLE, GREY = "#2f6db5", "#c8641e", "#3c8c5a", "#8257a8", "#777777"
COLOURS = {"polarity": BLUE, "magnitude": ORANGE, "activation": GREEN}


def accuracy_by_task(tasks: Sequence[Mapping[str, Any]]) -> Any:
    """Accuracy of each task with its interval; a mark on each bar is the chance level."""
    names = [escape(task["task"]) for task in tasks]
    figure = go.Figure()
    figure.add_bar(
        x=[task["accuracy"] for task in tasks],
        y=names,
        orientation="h",
        error_x=_whiskers(tasks),
        marker_color=BLUE,
        name="accuracy",
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    figure.add_scatter(
        x=[task["chance"] for task in tasks],
        y=names,
        mode="markers",
        marker={"symbol": "line-ns", "size": 14, "line": {"width": 3, "color": ORANGE}},
        name="chance",
        hovertemplate="chance: %{x:.3f}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title="accuracy", range=[0, 1], tickformat=".0%")
    return styled(figure, height=160 + 26 * len(tasks))


def probe_accuracies(probes: Sequence[Mapping[str, Any]]) -> Any:
    """Accuracy of each probe with its interval; a line marks the chance level."""
    figure = go.Figure()
    figure.add_scatter(
        x=[probe["accuracy"] for probe in probes],
        y=[escape(probe_name(probe)) for probe in probes],
        error_x=_whiskers(probes),
        mode="markers",
        marker={"size": 11, "color": [_colour(probe["probe"]) for probe in probes]},
        name="accuracy",
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        showlegend=False,
    )
    for chance in sorted({probe["chance"] for probe in probes}):
        figure.add_vline(x=chance, line_color=ORANGE, line_width=3, annotation_text="chance")
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title="accuracy", range=[0, 1], tickformat=".0%")
    return styled(figure, height=140 + 26 * len(probes))


def neurons_by_layer(rankings: Sequence[LayerCounts]) -> Any:
    """How many of the top neurons sit in each layer, one line per ranking."""
    figure = go.Figure()
    for ranking in rankings:
        figure.add_scatter(
            x=list(range(len(ranking.counts))),
            y=list(ranking.counts),
            mode="lines+markers",
            line_color=COLOURS.get(ranking.probe, PURPLE),
            name=escape(ranking.probe),
            hovertemplate="layer %{x}: %{y} neurons<extra></extra>",
        )
    figure.update_xaxes(title="layer (0 is nearest the input)")
    figure.update_yaxes(title="neurons among the top", rangemode="tozero")
    return styled(figure)


def probe_name(probe: Mapping[str, Any]) -> str:
    """Name of a probe with its number of neurons."""
    neurons = probe["neurons"]
    return str(probe["probe"]) if neurons is None else f"{probe['probe']}, {neurons:,}"


def to_html(figure: Any, name: str | None = None) -> str:
    """Figure as an HTML fragment, without Plotly's own script; unnamed, its id is random."""
    fragment: str = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        div_id=name,
        config={"displayModeBar": False, "responsive": True},
    )
    return fragment


def _whiskers(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [row["high"] - row["accuracy"] for row in rows],
        "arrayminus": [row["accuracy"] - row["low"] for row in rows],
        "color": "#333333",
    }


def _colour(probe: str) -> str:
    return GREY if probe == "lm-prob" else COLOURS.get(probe, PURPLE)


def styled(figure: Any, height: int = 380) -> Any:
    """Figure in the look that all pages share."""
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 60, "r": 20, "t": 30, "b": 60},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01},
        font={"family": "system-ui, sans-serif", "size": 14},
    )
    return figure
