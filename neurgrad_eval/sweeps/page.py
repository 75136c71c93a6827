"""A sweep as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from neurgrad_eval.report.charts import BLUE, GREEN, ORANGE, styled
from neurgrad_eval.report.document import Section, write_document
from neurgrad_eval.sweeps.findings import Findings

_LEAD = (
    "Each neuron was shifted alone, by every Δ of the grid, and the change of the answer's "
    "probability was measured. A neuron is linear where the correlation of Δ and that change is at "
    "least 0.95 in size."
)


def write_page(found: Findings, settings: Mapping[str, Any], path: Path) -> None:
    """Write the page of a sweep."""
    sections = [_curves(found), _by_range(found), _by_layer(found), _polarity(found)]
    title = f"Sweep of {found.neurons:,} neurons on {found.prompts:,} prompts"
    write_document(path, title=title, lead=_LEAD, sections=sections, settings=settings)


def _curves(found: Findings) -> Section:
    figure = go.Figure()
    for curve in found.curves:
        figure.add_scatter(
            x=found.shifts,
            y=curve.output_shifts,
            mode="lines+markers",
            name=f"prompt {curve.prompt}, neuron {curve.layer}.{curve.index}",
        )
    figure.update_xaxes(title="shift Δ (activation units)")
    figure.update_yaxes(title="change of probability")
    text = "The neurons with the largest slopes and those that are least linear."
    return Section("Dose and response", text, styled(figure, height=460))


def _by_range(found: Findings) -> Section:
    figure = go.Figure()
    figure.add_scatter(x=found.ranges, y=found.linear, mode="lines+markers", line_color=BLUE)
    figure.update_xaxes(title="range: shifts up to ±")
    figure.update_yaxes(title="share of linear neurons", tickformat=".0%", rangemode="tozero")
    text = (
        "Share of neurons that are linear within each range. The narrowest holds two points, "
        "which always lie on a line."
    )
    pairs = zip(found.ranges, found.linear, strict=True)
    rows = tuple((f"±{size:g}", _percent(share)) for size, share in pairs)
    columns = ("range", "linear, per cent")
    return Section("How far neurons are linear", text, styled(figure), columns, rows)


def _by_layer(found: Findings) -> Section:
    figure = go.Figure()
    figure.add_bar(x=found.layers, y=found.linear_by_layer, marker_color=GREEN)
    figure.update_xaxes(title="layer (0 is nearest the input)")
    figure.update_yaxes(title="share of linear neurons", tickformat=".0%")
    text = "Share of neurons that are linear within the whole range."
    pairs = zip(found.layers, found.linear_by_layer, strict=True)
    rows = tuple((str(layer), _percent(share)) for layer, share in pairs)
    return Section("By layer", text, styled(figure), ("layer", "linear, per cent"), rows)


def _polarity(found: Findings) -> Section:
    shares = {
        "positive": found.positive,
        "negative": found.negative,
        "no effect": found.silent,
    }
    figure = go.Figure()
    figure.add_bar(x=list(shares), y=list(shares.values()), marker_color=[BLUE, ORANGE, "#777777"])
    figure.update_yaxes(title="share of neurons", tickformat=".0%", rangemode="tozero")
    text = "Whether a shift along the convention raises or lowers the answer's probability."
    rows = tuple((name, _percent(share)) for name, share in shares.items())
    columns = ("polarity", "neurons, per cent")
    return Section("Polarity", text, styled(figure, height=300), columns, rows)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
