"""How a run is reported to programs: one summary, as JSON, and two CSV files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from harness.metrics.task_metrics import TaskMetrics
from harness.report.tables import AVERAGES
from harness.run.evaluation import Evaluation
from harness.samples.replies import stops_in_reasoning
from harness.samples.scores import TaskScore, average_chances
from harness.tasks.discovery import GENERATION, PREFIX
from mceval8k.csv_text import to_csv
from mceval8k.prompts.pack import load_pack
from mceval8k.statistics import Estimate

METRIC_COLUMNS = ("task", "genre", "lang", "metric", "n", "value", "low", "high")
"""Columns of `metrics.csv`; `lang` is empty for all languages together."""


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """Everything a reader of the scores must know, as plain values; NaN is None."""
    chances = average_chances(evaluation.scores)
    whole = {
        **evaluation.record,
        "tasks": [
            {
                **_task_row(score),
                "shortcut": evaluation.shortcuts.get(score.task),
                **_details(evaluation.metrics[score.task]),
            }
            for score in evaluation.scores
        ],
        "averages": {
            name: {**asdict(getattr(evaluation.averages, name)), "chance": chances[name]}
            for name in AVERAGES
        },
        "skipped": list(evaluation.skipped),
    }
    return {name: _plain(value) for name, value in whole.items()}


def notes(evaluation: Evaluation) -> Iterator[str]:
    """What a reader might overlook, one line each."""
    if evaluation.skipped:
        yield f"not in the edition, so skipped: {', '.join(evaluation.skipped)}"
    pack = load_pack(evaluation.options.settings.pack)
    yield from (
        pack.fallback(score.task)
        for score in evaluation.scores
        if not pack.has_words_for(score.task)
    )
    if (limit := evaluation.options.limit) is not None:
        yield f"only {limit} items of each task, a fixed random sample, were evaluated"
    known = {score.task: evaluation.shortcuts.get(score.task) for score in evaluation.scores}
    if found := [f"{task} {value:.3f}" for task, value in known.items() if value is not None]:
        yield f"right without reading the question whole (strongest shortcut): {', '.join(found)}"
    if evaluation.served:
        yield f"{evaluation.served} responses are of earlier runs (--cache)"
    for score in evaluation.scores:
        if score.ties:
            yield f"{score.task}: {score.ties} ties, answered with the first of the best options"
        if score.non_finite:
            yield f"{score.task}: {score.non_finite} items have scores that are not finite"
        if score.unreadable:
            yield (
                f"{score.task}: {score.unreadable} of {score.count.n} replies name no option that "
                "can be read and count as wrong"
            )
        if cut := _cut_off(evaluation, score.task):
            yield (
                f"{score.task}: {cut} replies end within the model's reasoning: give it room, with "
                "--gen-kwargs max_gen_toks=8192"
            )
        mass = evaluation.metrics[score.task].values["option_mass"].value
        if mass > 1.001:
            yield (
                f"{score.task}: the probabilities of an item's symbols add up to {mass:.3f} on "
                "average: these are no probabilities of distinct tokens"
            )


def _cut_off(evaluation: Evaluation, task: str) -> int:
    """Replies to a task that were cut off while the model reasoned."""
    if not evaluation.options.generate:
        return 0
    samples = evaluation.samples[f"{PREFIX}_{task.replace('-', '_')}{GENERATION}"]
    return sum(stops_in_reasoning(sample["filtered_resps"][0]) for sample in samples)


def summary_csv(evaluation: Evaluation) -> str:
    """One row per task and average: accuracies and what belongs to them."""
    rows = [_task_row(score) for score in evaluation.scores]
    averages = (
        {
            "task": name,
            "genre": "all",
            **_estimate_columns(getattr(evaluation.averages, name)),
            "chance": chance,
        }
        for name, chance in average_chances(evaluation.scores).items()
    )
    return to_csv(list(rows[0]), [*rows, *averages])


def metrics_csv(evaluation: Evaluation) -> str:
    """One row per task, language and measure."""
    return to_csv(METRIC_COLUMNS, list(_metric_rows(evaluation)))


def _metric_rows(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    for score in evaluation.scores:
        found = evaluation.metrics[score.task]
        all_items = ("", score.count.n, found.values)
        by_lang = ((lang, found.counts[lang].n, of) for lang, of in found.languages.items())
        for lang, n, measures in (all_items, *by_lang):
            for metric, estimate in measures.items():
                yield {
                    "task": score.task,
                    "genre": score.genre,
                    "lang": lang,
                    "metric": metric,
                    "n": n,
                    **asdict(estimate),
                }


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
        "unreadable": score.unreadable,
        "num_fewshot": score.num_fewshot,
    }


def _estimate_columns(estimate: Estimate) -> dict[str, float]:
    return {"accuracy": estimate.value, "low": estimate.low, "high": estimate.high}


def _details(found: TaskMetrics) -> dict[str, Any]:
    statistic, p_value = found.position_test
    return {
        "metrics": {name: asdict(estimate) for name, estimate in found.values.items()},
        "positions": [asdict(position) for position in found.positions],
        "position_test": {"statistic": statistic, "p_value": p_value},
        "calibration_bins": [asdict(part) for part in found.bins],
        "languages": {
            lang: {
                "n": found.counts[lang].n,
                **{name: asdict(estimate) for name, estimate in measures.items()},
            }
            for lang, measures in found.languages.items()
        },
    }


def _plain(value: Any) -> Any:
    """Value without numbers that JSON cannot hold."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
