"""The report: sections about runs of any kind, one file that asks nothing of the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mceval8k.errors import DataError
from mceval8k.files import write_text
from neurgrad_eval.properties.pages import property_sections
from neurgrad_eval.report.document import render_document
from neurgrad_eval.report.overview import overview_section
from neurgrad_eval.report.probes import probe_sections
from neurgrad_eval.report.rankings import ranking_sections
from neurgrad_eval.report.runs import (
    Evaluation,
    Probing,
    Property,
    Ranked,
    Run,
    find_runs,
    read_run,
)
from neurgrad_eval.report.scores import score_sections
from neurgrad_eval.report.sections import Section
from neurgrad_eval.report.stored import to_sections

_LEAD = """What was asked of the model, what was found, how sure one can be of it, and how to get
the same. Each part opens with what it shows; intervals are of 95 %."""
_METHOD = """The gradient of an answer's probability with respect to the vector that enters each
block's down-projection is computed at the position that predicts the answer, by one backward pass
(CG). Shifting a neuron by Δ away from zero changes the probability by about Δ · CG ·
sign(activation): that slope is NeurGrad, the estimate of the neuron empirical gradient (Zhao,
Jiang and Yoshinaga, ACL 2025, arXiv 2412.18053). The polarity ranking counts how often the sign
of a neuron's gradient favours the right answer over the others, the magnitude ranking how often
its size does, the activation ranking how well its activation alone separates the answers. The
tree probe is a random forest on which answer each neuron favours most, and the logistic probe a
regression on activations.

Polarity and magnitude are defined from the answer the model should give, so a skill neuron says
that the answer can be read from the model's inner workings, not that the model uses it. Intervals
say how sure the accuracy on these test items is; they do not cover the choice of prompt,
demonstrations or training items."""


def write_report(folders: Sequence[Path], path: Path) -> None:
    """Write one HTML page about the runs in `folders`.

    Raises
    ------
    UsageError
        A folder holds no run.
    DataError
        A run is damaged.
    """
    write_text(path, render([read_run(folder) for folder in find_runs(folders)]))


def render(runs: Sequence[Run]) -> str:
    """Page about the runs; every text that comes from them is escaped."""
    probing = [run for run in runs if isinstance(run, Probing)]
    sections = [
        section for run in runs for section in _sections(run, explain=run in probing[:1])
    ]  # a damaged run is named by now
    if len(probing) > 1:
        sections.insert(0, overview_section(probing))
    sections.append(Section("Method, in short", _METHOD))
    return render_document(title="MCEval8k report", lead=_LEAD, sections=sections)


def _sections(run: Run, *, explain: bool) -> list[Section]:
    """Sections of a run; if wanted, with what a probe is."""
    try:
        if isinstance(run, Evaluation):
            return score_sections(run)
        if isinstance(run, Probing):
            return probe_sections(run, explain=explain)
        if isinstance(run, Property):
            return property_sections(run.content)
        return ranking_sections(run) if isinstance(run, Ranked) else to_sections(run.content)
    except KeyError as error:
        raise DataError(f"{run.folder}: the run is damaged: {error} is missing") from None
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise DataError(f"{run.folder}: the run is damaged: {error}") from None
