"""Scores as tables for people to read, 80 columns wide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from harness.run.evaluation import Evaluation
from harness.samples.scores import average_chances
from mceval8k.statistics import Estimate
from mceval8k.text import model_name

AVERAGES = {
    "micro": "over all items",
    "genre_macro": "mean over genres of the mean over tasks",
}
"""The averages and what they are."""
MEASURES = {
    "balanced_accuracy": "balanced",
    "position_bias": "bias",
    "brier": "Brier",
    "ece": "ECE",
    "option_mass": "option mass",
}
"""Measures of the second table and their headings."""
ROTATION = {
    "accuracy": "unrotated",
    "rotation_accuracy": "mean",
    "rotation_all_right": "all right",
    "rotation_consistent": "consistent",
    "rotation_position_bias": "bias",
}
"""Measures of the table of rotations and their headings."""


def tables(evaluation: Evaluation, *, metrics: bool = False) -> Iterator[Table]:
    """Accuracies; what was measured over rotations; if requested, all else."""
    yield accuracy_table(evaluation)
    if evaluation.options.rotate:
        yield _measures(evaluation, ROTATION, "Over all rotations of the options")
    if metrics:
        title = "Balanced accuracy, position bias (total variation) and calibration"
        yield _measures(evaluation, MEASURES, title)
        if any(found.languages for found in evaluation.metrics.values()):
            yield _languages(evaluation)


def accuracy_table(evaluation: Evaluation) -> Table:
    """Accuracy of each task, and both averages."""
    shown = _table(_title(evaluation), ("task", "genre"))
    meanings = (f"{_spoken(name)}: {meaning}" for name, meaning in AVERAGES.items())
    shown.caption = "; ".join(("95 % intervals", *meanings))
    _numbers(shown, ("n", "accuracy", "interval", "chance"))
    for score in evaluation.scores:
        accuracy = _shown(score.accuracy)
        shown.add_row(score.task, score.genre, str(score.count.n), *accuracy, f"{score.chance:.3f}")
    shown.add_section()
    n = str(sum(score.count.n for score in evaluation.scores))
    for name, chance in average_chances(evaluation.scores).items():
        average = _shown(getattr(evaluation.averages, name))
        shown.add_row(_spoken(name), "", n, *average, f"{chance:.3f}")
    return shown


def _measures(evaluation: Evaluation, headings: dict[str, str], title: str) -> Table:
    shown = _table(title, ("task",))
    _numbers(shown, list(headings.values()))
    for found in evaluation.metrics.values():
        shown.add_row(found.task, *(_two_lines(found.values[name]) for name in headings))
    return shown


def _languages(evaluation: Evaluation) -> Table:
    shown = _table("By language", ("task", "language"))
    _numbers(shown, ("n", "accuracy", "interval"))
    for found in evaluation.metrics.values():
        for lang, measures in found.languages.items():
            n = str(found.counts[lang].n)
            shown.add_row(found.task, lang, n, *_shown(measures["accuracy"]))
    return shown


def _table(title: str, headings: Sequence[str]) -> Table:
    shown = Table(title=title, box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in headings:
        shown.add_column(heading, no_wrap=True)
    return shown


def _numbers(shown: Table, headings: Sequence[str]) -> None:
    for heading in headings:
        shown.add_column(heading, justify="right", no_wrap=True)


def _title(evaluation: Evaluation) -> str:
    record = evaluation.record
    name = model_name(record.get("model_name") or record["model_args"])
    return (
        f"{name} ({record['model']}) on {record['edition']}, "
        f"{record['num_fewshot']} demonstrations, pack {record['pack']}"
    )


def _spoken(average: str) -> str:
    return f"{average.replace('_', '-')} average"


def _shown(estimate: Estimate, digits: int = 3) -> tuple[str, str]:
    value = f"{estimate.value:.3f}"
    if math.isnan(estimate.low):  # too few groups for an interval
        return value, ""
    return value, f"{estimate.low:.{digits}f}–{estimate.high:.{digits}f}"


def _two_lines(estimate: Estimate) -> Text:
    value, interval = _shown(estimate, digits=2)
    return Text.assemble(f"{value}\n", (interval, "dim"))
