"""Sections about a run of `mceval8k eval`: how often a model gives the right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from neurgrad_eval.report import charts
from neurgrad_eval.report.cells import count, interval, percent
from neurgrad_eval.report.reproduce import eval_command
from neurgrad_eval.report.runs import Evaluation, plain_values
from neurgrad_eval.report.sections import Section

_AVERAGES = {"micro": "micro average: all items", "genre_macro": "genre-macro average"}
_TEXT = """The model was shown each test item with its options as lettered lines, and its answer
is the letter to which it gives the highest probability. Accuracy is the share of items on which
that is the right one, with a 95 % interval. Chance is one over the number of options: a bar whose
interval reaches down to the orange mark shows no sign of the skill being expressed."""


def score_sections(run: Evaluation) -> list[Section]:
    """Accuracy by task and the averages."""
    return [
        Section(
            "How often is the model right?",
            _TEXT,
            charts.accuracy_by_task(run.tasks),
            ("task", "genre", "items", "accuracy, per cent", "95 % interval", "chance"),
            tuple(_rows(run.summary)),
            caption="Accuracy by task, with 95 % intervals; orange marks are chance.",
            settings=plain_values(run.summary),
            command=eval_command(run.summary),
        )
    ]


def _rows(summary: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for task in summary["tasks"]:
        yield (
            task["task"],
            task["genre"],
            count(task["n"]),
            percent(task["accuracy"]),
            interval(task),
            percent(task["chance"]),
        )
    for name, average in summary["averages"].items():
        shown = (percent(average["value"]), interval(average))
        yield (_AVERAGES.get(name, name), "", "", *shown, "")
