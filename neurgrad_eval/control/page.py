"""A run of `neurgrad control` as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from neurgrad_eval.control.findings import Findings, Score
from neurgrad_eval.control.settings import ControlSettings
from neurgrad_eval.report.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, styled
from neurgrad_eval.report.document import Section, write_document
from neurgrad_eval.statistics import Estimate

_LEAD = (
    "Sets of neurons were shifted together, each neuron by the same Δ along its polarity or "
    "against it, and the change of the answer's probability was measured. It is predicted by the "
    "sum of the neurons' slopes times Δ, as if no neuron knew of another and every response were "
    "a line."
)
_POINTS = 3000
_SEEN = 1.05
_LINES = {
    "neurgrad": ("solid", ""),
    "neg": ("dot", ", measured"),
    "neurgrad_log_odds": ("dash", ", log-odds"),
}
_COLUMNS = ("neurons", "shift", "slopes", "Pearson", "Spearman", "error", "slope", "sign")


def write_page(
    found: Findings, settings: ControlSettings, about: Mapping[str, Any], path: Path
) -> None:
    """Write the page of a run."""
    sections = [_scatter(found, settings)]
    for selection in settings.selections:
        own = [s for s in found.scores if s.selection == selection and s.direction == "both"]
        sections += _by_number(own, selection, settings)
    title = f"Several neurons at once, on {found.prompts:,} prompts"
    write_document(path, title=title, lead=_LEAD, sections=sections, settings=about)


def interval(value: Estimate | None, digits: int = 3) -> str:
    """A value with its bounds; a dash where it is not defined."""
    if value is None:
        return "–"
    # + 0.0: what is rounded to -0 is written without a sign
    rounded = (round(v, digits) + 0.0 for v in (value.value, value.low, value.high))
    middle, low, high = (f"{v:.{digits}f}" for v in rounded)
    return f"{middle} [{low}, {high}]"


def _scatter(found: Findings, settings: ControlSettings) -> Section:
    measured = np.stack([one.measured for one in found.points])
    predicted = np.stack([one.by_neurgrad for one in found.points])
    figure = go.Figure()
    per_number = max(1, _POINTS // len(settings.numbers))
    colours = [f"hsl({h:.0f}, 60%, 45%)" for h in np.linspace(220, 0, len(settings.numbers))]
    for n, number in enumerate(settings.numbers):
        x, y = predicted[:, :, n].reshape(-1), measured[:, :, n].reshape(-1)
        every = -(-len(x) // per_number)
        figure.add_scatter(
            x=x[::every],
            y=y[::every],
            mode="markers",
            marker={"size": 5, "opacity": 0.6, "color": colours[n]},
            name=f"{number:,}",
        )
    line = {"color": GREY, "dash": "dot"}
    ends = [-_SEEN, _SEEN]
    figure.add_scatter(x=ends, y=ends, mode="lines", line=line, name="equal")
    figure.update_xaxes(title="predicted change of probability", range=ends)
    figure.update_yaxes(title="measured change of probability", range=ends)
    outside = float((np.abs(predicted) > _SEEN).mean())
    text = (
        "Every point is a set of neurons shifted on one prompt; colours tell the number of "
        "neurons. On the dotted line the prediction, by NeurGrad, is right. Where there are too "
        f"many points, some are left out evenly. {100 * outside:.1f} per cent of the predictions "
        "lie outside the figure: no probability can change so much."
    )
    caption = "Measured over predicted change of probability, by number of neurons"
    return Section("Predicted and measured", text, styled(figure, height=560), caption=caption)


def _by_number(scores: list[Score], selection: str, settings: ControlSettings) -> Iterator[Section]:
    which = {"random": "drawn at random", "top": "with the largest |NeurGrad| of each prompt"}
    text = (
        f"Correlation of predicted and measured change over the prompts, neurons {which[selection]}"
        ", shifts along and against polarity together. Full lines: predicted by NeurGrad; dotted "
        "ones: by measured slopes; dashed ones: by NeurGrad, summed in log-odds."
    )
    rows = tuple(_row(one) for one in scores)
    figure = _lines(scores, settings, "pearson", "Pearson correlation")
    figure.update_yaxes(range=[min(0.0, *_values(scores, "pearson")) - 0.02, 1.02])
    yield Section(
        f"Correlation, {selection} neurons",
        text,
        styled(figure),
        _COLUMNS,
        rows,
        caption="Correlation of prediction and measurement by number of neurons and size of shift",
        folded=True,
    )
    figure = _lines(scores, settings, "error", "mean absolute error")
    figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    text = "Mean absolute error of the predicted change, in probability; both axes are logarithmic."
    caption = "Mean absolute error by number of neurons and size of shift"
    yield Section(f"Error, {selection} neurons", text, styled(figure), caption=caption)


def _lines(scores: list[Score], settings: ControlSettings, measure: str, title: str) -> Any:
    figure = go.Figure()
    for shift, colour in zip(settings.shifts, cycle([BLUE, ORANGE, GREEN, PURPLE]), strict=False):
        for prediction, (dash, name) in _LINES.items():
            own = [s for s in scores if (s.shift, s.prediction) == (shift, prediction)]
            if not own:
                continue
            figure.add_scatter(
                x=[one.neurons for one in own],
                y=[None if (v := getattr(one, measure)) is None else v.value for one in own],
                mode="lines+markers",
                line={"color": colour, "dash": dash},
                name=f"Δ = {shift:g}{name}",
            )
    figure.update_xaxes(title="neurons shifted together", type="log", dtick=np.log10(2))
    figure.update_yaxes(title=title)
    return figure


def _values(scores: list[Score], measure: str) -> list[float]:
    return [value.value for one in scores if (value := getattr(one, measure)) is not None]


def _row(one: Score) -> tuple[str, ...]:
    return (
        f"{one.neurons:,}",
        f"{one.shift:g}",
        one.prediction,
        interval(one.pearson),
        interval(one.spearman),
        interval(one.error, 4),
        interval(one.slope),
        interval(one.sign_agreement),
    )
