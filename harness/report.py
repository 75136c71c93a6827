"""How a run is reported: one summary, as JSON, as CSV and as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from harness.evaluation import Evaluation
from harness.scores import TaskScore
from harness.statistics import Estimate
from mceval8k.version import __version__

AVERAGES = {
    "micro": "over all items",
    "genre_macro": "mean over genres of the mean over tasks",
}
"""The averages and what they are."""


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """Everything a reader of the scores must know, as plain values."""
    options, edition = evaluation.options, evaluation.edition
    return {
        "model": options.model,
        "model_args": options.model_args,
        "edition": edition.name,
        "edition_revision": edition.revision,
        "edition_digest": evaluation.edition_digest,
        "pack": options.settings.pack,
        "demonstration_seed": options.settings.demonstration_seed,
        "num_fewshot": options.num_fewshot,
        "limit": options.limit,
        "mceval8k_version": __version__,
        "tasks": [_task_row(score) for score in evaluation.scores],
        "averages": {name: asdict(getattr(evaluation.averages, name)) for name in AVERAGES},
        "skipped": list(evaluation.skipped),
    }


def notes(evaluation: Evaluation) -> Iterator[str]:
    """What a reader might overlook, one line each."""
    if evaluation.skipped:
        yield f"not in the edition, so skipped: {', '.join(evaluation.skipped)}"
    if (limit := evaluation.options.limit) is not None:
        yield f"only {limit} items of each task, a fixed random sample, were asked"
    for score in evaluation.scores:
        if score.ties:
            yield f"{score.task}: {score.ties} ties, answered with the first of the best options"
        if score.non_finite:
            yield f"{score.task}: {score.non_finite} items have scores that are not finite"


def summary_csv(evaluation: Evaluation) -> str:
    """One line per task and per average."""
    rows = [_task_row(score) for score in evaluation.scores]
    for name in AVERAGES:
        estimate: Estimate = getattr(evaluation.averages, name)
        rows.append({"task": name, "genre": "all"} | _estimate_columns(estimate))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: safe_cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def safe_cell(value: Any) -> Any:
    """Value that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value


def table(evaluation: Evaluation) -> Table:
    """Scores for people to read."""
    title, caption = escape(_title(evaluation)), _caption()
    shown = Table(title=title, caption=caption, box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("task", "genre"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("n", "accuracy", "95 % interval", "chance"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for score in evaluation.scores:
        accuracy = _shown(score.accuracy)
        shown.add_row(score.task, score.genre, str(score.count.n), *accuracy, f"{score.chance:.3f}")
    shown.add_section()
    n = str(sum(score.count.n for score in evaluation.scores))
    for name in AVERAGES:
        shown.add_row(_spoken(name), "", n, *_shown(getattr(evaluation.averages, name)), "")
    return shown


def _spoken(average: str) -> str:
    return f"{average.replace('_', '-')} average"


def _caption() -> str:
    return "; ".join(f"{_spoken(name)}: {meaning}" for name, meaning in AVERAGES.items())


def _title(evaluation: Evaluation) -> str:
    options = evaluation.options
    return (
        f"{options.model} ({options.model_args}) on {evaluation.edition.name}, "
        f"{options.num_fewshot}-shot, pack {options.settings.pack}"
    )


def _shown(estimate: Estimate) -> tuple[str, str]:
    return f"{estimate.value:.3f}", f"{estimate.low:.3f}–{estimate.high:.3f}"


def _task_row(score: TaskScore) -> dict[str, Any]:
    return {
        "task": score.task,
        "genre": score.genre,
        "n": score.count.n,
        "correct": score.count.correct,
        **_estimate_columns(score.accuracy),
        "chance": score.chance,
        "ties": score.ties,
        "non_finite": score.non_finite,
        "num_fewshot": score.num_fewshot,
    }


def _estimate_columns(estimate: Estimate) -> dict[str, float]:
    return {"accuracy": estimate.value, "low": estimate.low, "high": estimate.high}
