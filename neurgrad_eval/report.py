"""The report: sections about runs of any kind, one file that needs no network."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mceval8k.errors import DataError, UsageError
from mceval8k.files import write_text
from mceval8k.json_text import read_json
from mceval8k.text import model_name
from neurgrad_eval.experiments._overview import overview
from neurgrad_eval.runs.folder import find_runs, is_run
from neurgrad_eval.runs.result import Result, load
from neurgrad_eval.runs.rows import tabulate
from neurgrad_eval.show.pages import Section, render, sections
from neurgrad_eval.show.views import Chart, View, expand

EVALUATION = "summary.json"
_LEAD = """Results, their uncertainty, and the settings and commands that reproduce them. Intervals
are 95 % intervals over items; they do not cover the choice of prompts, demonstrations or training
items."""
_METHOD = """The gradient of an answer's probability with respect to the vector that enters each
block's down-projection is computed at the position that predicts the answer, by one backward pass
(CG). Shifting a neuron by Δ away from zero changes the probability by about Δ · CG ·
sign(activation): that slope is NeurGrad, the estimate of the neuron empirical gradient (Zhao,
Jiang and Yoshinaga, ACL 2025, arXiv 2412.18053). The polarity ranking counts how often the sign
of a neuron's gradient favours the right answer over the others, the magnitude ranking how often
its size does, the activation ranking how well its activation alone separates the answers.

Polarity and magnitude are defined from the answer the model should give, so a skill neuron says
that the answer can be read from the model's inner workings, not that the model uses it."""
_SCORES = """The model was shown each test item with its options as lettered lines, and its answer
is the letter to which it gives the highest probability. Chance is one over the number of options:
a task whose interval reaches down to it shows no sign of the skill being expressed."""
_AVERAGES = {"micro": "micro average: all items", "genre_macro": "genre-macro average"}
_SWITCHES = {
    "rotate": "rotate",
    "generate": "generate",
    "apply-chat-template": "chat_template",
}
"""Switches of `mceval8k eval`, and the fields of a summary that say whether they were on."""


def write_report(folders: Sequence[Path], path: Path) -> None:
    """Write one HTML page about the runs in `folders`.

    Raises
    ------
    UsageError
        A folder holds no run, or one that is not finished.
    DataError
        A run is damaged.
    """
    write_text(path, report(folders))


def report(folders: Sequence[Path]) -> str:
    """Page about the runs of `neurgrad` and of `mceval8k eval`; all of their texts are escaped."""
    parts: list[Section] = []
    results: dict[Path, Result] = {}
    for folder in _folders(folders):
        if (folder / EVALUATION).is_file():
            parts += _evaluation(folder / EVALUATION)
        else:
            results[folder] = load(folder)
    probed = [result for result in results.values() if result.experiment == "probe"]
    if probed:
        views, tables = overview(probed)
        parts += sections("All probes", expand(views, tables), tables)
    for folder, result in results.items():
        parts += _sections(folder, result)
    models = {model_name(result.about.get("model")) for result in results.values()} - {""}
    title = f"MCEval8k report{f': {models.pop()}' if len(models) == 1 else ''}"
    return render(title, [*parts, Section("Method", _METHOD)], lead=_LEAD)


def _folders(folders: Sequence[Path]) -> Sequence[Path]:
    """Folders of single runs, of either kind."""
    found: list[Path] = []
    for folder in folders:
        inside = [path.parent for path in sorted(folder.glob(f"[!.]*/{EVALUATION}"))]
        if (folder / EVALUATION).is_file():
            found.append(folder)
        else:
            found += inside or find_runs([folder])
    for folder in found:
        if not is_run(folder) and not (folder / EVALUATION).is_file():
            raise UsageError(f"{folder} holds no run of `neurgrad` or `mceval8k eval`")
    return tuple(dict.fromkeys(found))


def _sections(folder: Path, result: Result) -> list[Section]:
    """Parts about a run of `neurgrad`, whose tables may be anybody's."""
    try:
        return result.sections()
    except (LookupError, TypeError, ValueError, AttributeError, pa.ArrowException) as error:
        raise DataError(f"{folder}: the run is damaged: {error!r}") from None


def _evaluation(path: Path) -> list[Section]:
    """Accuracy by task of a run of `mceval8k eval`."""
    summary = read_json(path)
    try:
        tasks = [
            {**task, "accuracy_low": task["low"], "accuracy_high": task["high"]}
            for task in summary["tasks"]
        ]
        averages = [
            {"average": _AVERAGES.get(name, name), "accuracy": average}
            for name, average in summary["averages"].items()
        ]
        model = model_name(summary.get("model_name") or summary.get("model"))
        shown = {"tasks": tabulate(tasks), "averages": tabulate(averages)}
        settings = {
            name: value
            for name, value in summary.items()
            if isinstance(value, (str, int, float)) and not isinstance(value, bool)
        }
        return sections(
            f"Accuracy: {model}" if model else "Accuracy",
            _SCORE_VIEWS,
            shown,
            lead=_SCORES,
            settings=settings,
            command=eval_command(summary),
        )
    except KeyError as error:
        raise DataError(f"{path}: {error} is missing") from None
    except (TypeError, ValueError, AttributeError, pa.ArrowException) as error:
        raise DataError(f"{path}: the run is damaged: {error}") from None


_SCORE_VIEWS = (
    View(
        "Accuracy by task",
        "tasks",
        chart=Chart("forest", "task", "accuracy", marks="chance"),
        columns="task accuracy chance n genre",
    ),
    View("Averages", "averages", columns="average accuracy"),
)


def eval_command(summary: Mapping[str, Any]) -> str:
    """The command line of a run of `mceval8k eval`."""
    options = {
        "model": summary["model"],
        "model-args": summary.get("model_args"),
        "edition": summary["edition"],
        "edition-revision": summary.get("edition_revision"),
        "task": ",".join(str(task["task"]) for task in summary["tasks"]),
        "num-fewshot": summary.get("num_fewshot"),
        "pack": summary.get("pack"),
        "seed": summary.get("demonstration_seed"),
        "limit": summary.get("limit"),
        "system-instruction": summary.get("system_instruction"),
    }
    words = [
        f"--{name} {shlex.quote(str(value))}"
        for name, value in options.items()
        if value not in (None, "")
    ]
    switches = [f"--{name}" for name, key in _SWITCHES.items() if summary.get(key)]
    return " ".join(["mceval8k eval", *words, *switches])
