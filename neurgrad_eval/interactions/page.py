"""A run of `neurgrad interactions` as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from neurgrad_eval.interactions.findings import MEASURES, InteractionResult, InteractionRow
from neurgrad_eval.interactions.measure import SCALES, Scale
from neurgrad_eval.interactions.settings import InteractionSettings
from neurgrad_eval.report.charts import BLUE, GREY, ORANGE, styled
from neurgrad_eval.report.document import Section, write_document
from neurgrad_eval.statistics import Estimate

_LEAD = (
    "Every pair of the top neurons of a ranking was shifted together along its orientation, and "
    "each neuron alone. Where the joint change of the right answer differs from the sum of the "
    "single changes, the two depend on each other. Random neurons of the same layers, pair by pair "
    "at the same distance, are the comparison."
)
_NAMES: dict[Scale, str] = {"log_odds": "log-odds", "probability": "probability"}
_COLUMNS = ("measure", "layers apart", "pairs", "ranked", "random", "difference")


def write_page(
    found: InteractionResult,
    settings: InteractionSettings,
    about: Mapping[str, Any],
    path: Path,
) -> None:
    """Write the page of a run."""
    sections = [_scatter(found, settings)]
    for scale in SCALES:
        for shift in settings.shifts:
            own = [row for row in found.rows if (row.scale, row.shift) == (scale, shift)]
            sections += _by_distance(own, found, settings)
    title = f"Interactions of {found.pairs:,} pairs on {found.items:,} items of {about['task']}"
    write_document(path, title=title, lead=_LEAD, sections=sections, settings=about)


def interval(value: Estimate, digits: int = 3) -> str:
    """A value with its bounds."""
    middle, low, high = (f"{v:.{digits}f}" for v in (value.value, value.low, value.high))
    return f"{middle} [{low}, {high}]"


def _scatter(found: InteractionResult, settings: InteractionSettings) -> Section:
    figure = go.Figure()
    reach = 0.0
    for name, points, colour in (
        ("random neurons", found.random, ORANGE),
        ("ranked neurons", found.skill, BLUE),
    ):
        figure.add_scatter(
            x=points.additive,
            y=points.joint,
            mode="markers",
            marker={"size": 5, "opacity": 0.5, "color": colour},
            name=name,
        )
        reach = max(reach, *map(abs, points.additive))
    figure.add_scatter(
        x=[-reach, reach],
        y=[-reach, reach],
        mode="lines",
        line={"color": GREY, "dash": "dot"},
        name="additive",
    )
    figure.update_xaxes(title="sum of the single changes of log-odds")
    figure.update_yaxes(title="joint change of log-odds")
    text = (
        f"Every point is a pair on one item, shifted by {settings.shifts[0]:g}. On the dotted line "
        "the two neurons do not depend on each other. Where there are too many points, some are "
        "left out evenly."
    )
    return Section(
        "Joint change and sum of single changes",
        text,
        styled(figure, height=520),
        caption="Joint change of log-odds over the sum of single changes, by pair",
    )


def _by_distance(
    rows: list[InteractionRow], found: InteractionResult, settings: InteractionSettings
) -> Iterator[Section]:
    scale, shift = rows[0].scale, rows[0].shift
    own = [row for row in rows if row.measure == "interacting"]
    figure = go.Figure()
    for name, colour in (("skill", BLUE), ("random", ORANGE)):
        values: list[Estimate] = [getattr(row, name) for row in own]
        figure.add_bar(
            x=[row.distance for row in own],
            y=[value.value for value in values],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [value.high - value.value for value in values],
                "arrayminus": [value.value - value.low for value in values],
            },
            marker_color=colour,
            name={"skill": "ranked neurons", "random": "random neurons"}[name],
        )
    figure.update_xaxes(title="layers between the two neurons", type="category")
    figure.update_yaxes(title="share of pairs that interact", tickformat=".0%", rangemode="tozero")
    measures = "; ".join(f"{name.replace('_', ' ')}: {what}" for name, what in MEASURES.items())
    text = (
        f"A pair interacts on an item where its interaction is above the noise floor (median "
        f"{found.floor[scale]:.1e}) and above {100 * settings.threshold:g} per cent of the sizes "
        f"of its two single changes. {measures}. Bars are 95 % intervals by bootstrap over groups."
    )
    yield Section(
        f"Pairs that interact, change of {_NAMES[scale]}, shift {shift:g}",
        text,
        styled(figure),
        _COLUMNS,
        tuple(map(table_row, rows)),
        caption=f"Share of pairs that interact by layers apart, {_NAMES[scale]}",
    )


def table_row(row: InteractionRow) -> tuple[str, ...]:
    """Cells of a row."""
    return (
        row.measure.replace("_", " "),
        row.distance,
        f"{row.pairs:,}",
        interval(row.skill),
        interval(row.random),
        interval(row.difference),
    )
