"""A run of `neurgrad causal` as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from neurgrad_eval.causal.findings import MEASURES, CausalResult, CausalRow, Measure
from neurgrad_eval.causal.settings import CausalSettings
from neurgrad_eval.report.charts import BLUE, GREY, ORANGE, styled
from neurgrad_eval.report.document import Section, write_document
from neurgrad_eval.statistics import Estimate

_LEAD = (
    "A ranking says of each neuron whether it speaks for the right answer or against it. Here the "
    "top neurons are shifted on test items along that orientation, without a look at the right "
    "answer, and reversed. If they carry the skill, the right answer should gain along the "
    "orientation and lose against it, and more so than when random neurons of the same layers are "
    "shifted in their place."
)
_COLUMNS = ("neurons", "direction", "shift", "ranked", "random", "difference", "p")
_UNITS = {"activation": "activation units", "sd": "standard deviations"}


def write_page(
    found: CausalResult, settings: CausalSettings, about: Mapping[str, Any], path: Path
) -> None:
    """Write the page of a run."""
    sections = [section for name in MEASURES for section in _sections(found, name, settings)]
    title = f"Causal check of {about['task']} on {found.items:,} test items"
    write_document(path, title=title, lead=_LEAD, sections=sections, settings=about)


def interval(value: Estimate, digits: int = 3) -> str:
    """A value with its bounds."""
    middle, low, high = (f"{v:.{digits}f}" for v in (value.value, value.low, value.high))
    return f"{middle} [{low}, {high}]"


def _sections(found: CausalResult, measure: Measure, settings: CausalSettings) -> Iterator[Section]:
    heading = measure.replace("_", " ").capitalize()
    for number in settings.numbers:
        own = [row for row in found.rows if (row.measure, row.neurons) == (measure, number)]
        text = (
            f"Change of the {MEASURES[measure]}; with nothing shifted it is "
            f"{interval(found.base[measure])}. Shifts to the right of 0 are along the orientation, "
            f"those to its left reversed. Bars are 95 % intervals by bootstrap over groups; the "
            f"grey band holds the {settings.draws} random sets. p is the share of all sets that "
            "move the measure as far in the predicted direction."
        )
        yield Section(
            f"{heading}, {number:,} neurons",
            text,
            styled(_figure(own, settings, heading.lower())),
            _COLUMNS,
            tuple(map(table_row, own)),
            caption=f"Change of {heading.lower()} by shift, ranked and random neurons",
        )


def _figure(rows: list[CausalRow], settings: CausalSettings, title: str) -> Any:
    below, above = (
        sorted((row for row in rows if row.direction == way), key=_place)
        for way in ("reversed", "along")
    )
    places = [*map(_place, below), 0.0, *map(_place, above)]
    still = Estimate(0.0, 0.0, 0.0)
    band = [(row.random_low, row.random_high) for row in (*below, *above)]
    band.insert(len(below), (0.0, 0.0))
    figure = go.Figure()
    figure.add_scatter(
        x=[*places, *reversed(places)],
        y=[*(high for _, high in band), *(low for low, _ in reversed(band))],
        mode="lines",
        fill="toself",
        line={"width": 0, "color": GREY},
        opacity=0.35,
        name="random sets, lowest to highest",
        hoverinfo="skip",
    )
    for name, colour in (("random", ORANGE), ("skill", BLUE)):
        values: list[Estimate] = [
            *(getattr(row, name) for row in below),
            still,
            *(getattr(row, name) for row in above),
        ]
        figure.add_scatter(
            x=places,
            y=[value.value for value in values],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [value.high - value.value for value in values],
                "arrayminus": [value.value - value.low for value in values],
            },
            mode="lines+markers",
            line_color=colour,
            name={"skill": "ranked neurons", "random": "random neurons, mean"}[name],
        )
    figure.add_hline(y=0, line_color=GREY, line_width=1)
    figure.update_xaxes(title=f"shift along orientation ({_UNITS[settings.unit]})")
    figure.update_yaxes(title=f"change of {title}")
    return figure


def _place(row: CausalRow) -> float:
    return row.shift if row.direction == "along" else -row.shift


def table_row(row: CausalRow) -> tuple[str, ...]:
    """Cells of a row."""
    return (
        f"{row.neurons:,}",
        row.direction,
        f"{row.shift:g}",
        interval(row.skill),
        interval(row.random),
        interval(row.difference),
        f"{row.p:.3f}",
    )
