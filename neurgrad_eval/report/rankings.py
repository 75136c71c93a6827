"""Sections about where the highest ranked neurons sit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from neurgrad_eval.report import charts
from neurgrad_eval.report.cells import count
from neurgrad_eval.report.runs import LayerCounts, Ranked, plain_values
from neurgrad_eval.report.sections import Section

_TEXT = """Every neuron was scored by how well it tells the right answer on training prompts, and
the neurons were ranked by the size of the score. The layers of the first ones are shown."""


def ranking_sections(run: Ranked) -> list[Section]:
    """Layers of the first neurons of each ranking."""
    about = plain_values(run.about)
    heading = f"Which neurons tell the answer? Task {run.about.get('task', '')}"
    section = layers_section(heading, run.layers, text=_TEXT)
    return [replace(section, settings=about, part=False)]


def layers_section(
    heading: str, layers: Sequence[LayerCounts], *, text: str = "", there: int | None = None
) -> Section:
    """Figure and table of layers, of the largest number of neurons that was counted.

    Parameters
    ----------
    heading, text
        Of the section.
    layers
        Counts of each ranking.
    there
        Neurons of the model, if known.
    """
    largest = max(ranking.neurons for ranking in layers)
    shown = [ranking for ranking in layers if ranking.neurons == largest]
    of_all = "" if there is None else f", of {count(there)} in all"
    return Section(
        heading,
        text,
        charts.neurons_by_layer(shown),
        ("layer", *(ranking.probe for ranking in shown)),
        tuple(_rows(shown)),
        caption=f"Layers of the top {count(largest)} neurons of each ranking{of_all}.",
        part=True,
        folded=True,
    )


def _rows(shown: Sequence[LayerCounts]) -> Iterator[tuple[str, ...]]:
    for layer, counts in enumerate(zip(*(ranking.counts for ranking in shown), strict=True)):
        yield (str(layer), *map(str, counts))
