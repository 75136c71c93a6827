"""Scores as entries of a record of Every Eval Ever (`evaluation_results`)."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from harness.leaderboard.board import Board, Row
from harness.leaderboard.ranking import chance_corrected
from harness.leaderboard.records import Setting, TaskResult
from harness.leaderboard.scoring import over_genres
from mceval8k.statistics import LEVEL, Estimate

Result = dict[str, Any]

_WILSON = "Wilson score interval"
_JOINED = "Wilson score intervals of the tasks, joined by variance estimates recovery"
_BOOTSTRAP = "bootstrap over groups of items"


@dataclass(frozen=True)
class Dataset:
    """Where an edition is."""

    hub_id: str | None = None
    """None: not on the Hub, or not known."""
    revision: str | None = None
    """Its commit."""


def task_results(
    benchmark: str, setting: Setting, result: TaskResult, dataset: Dataset
) -> Iterator[Result]:
    """Accuracy of a task, and of each of its languages."""
    accuracy = result.count.accuracy
    details = {
        "correct": str(result.count.correct),
        "chance": repr(result.chance),
        "chance_corrected": repr(chance_corrected(accuracy, result.chance)),
    }
    config = _generation_config(
        setting, pack_digest=result.pack_digest, num_fewshot=result.num_fewshot
    )
    counts = {"": result.count, **(result.languages if len(result.languages) > 1 else {})}
    for lang, count in counts.items():
        name = ".".join(filter(None, (benchmark, result.task, lang)))
        yield {
            "evaluation_result_id": f"{name}.accuracy",
            "evaluation_name": name,
            "source_data": _source(
                dataset,
                count.n,
                edition_digest=result.edition,
                config=result.task,
                **({"lang": lang} if lang else {"test_ids_digest": result.ids_digest}),
            ),
            "metric_config": _metric("accuracy", "Accuracy"),
            "score_details": {
                **_score(count.estimate, count.n, _WILSON),
                "details": {"correct": str(count.correct)} if lang else details,
            },
            "generation_config": config,
        }


def average_results(benchmark: str, board: Board, row: Row, dataset: Dataset) -> Iterator[Result]:
    """Means over the tasks of each genre and of the board, as far as the row has them."""
    for genre, value in row.genres.items():
        metric = _metric(f"{benchmark}.mean_accuracy", "Accuracy, mean over tasks")
        name = f"{benchmark}.{genre}"
        yield _average(name, row, board.genres[genre], metric, value, _JOINED, dataset)
    every = tuple(row.results)
    scores = row.scores
    if scores.headline is None or scores.genre_macro is None or scores.micro is None:
        return
    metric = _metric(
        f"{benchmark}.chance_corrected",
        "Accuracy above chance, mean over genres",
        least=_never_right(row, board),
    )
    yield _average(benchmark, row, every, metric, scores.headline, _BOOTSTRAP, dataset)
    metric = _metric(f"{benchmark}.genre_macro", "Accuracy, mean over genres")
    yield _average(benchmark, row, every, metric, scores.genre_macro, _JOINED, dataset)
    metric = _metric(f"{benchmark}.micro", "Accuracy over all items")
    yield _average(benchmark, row, every, metric, scores.micro, _WILSON, dataset)


def _never_right(row: Row, board: Board) -> float:
    """Accuracy above chance, mean over genres, of a model that is never right."""
    lowest = {task: chance_corrected(0.0, result.chance) for task, result in row.results.items()}
    return over_genres(lowest, board.genres)


def _average(
    name: str,
    row: Row,
    tasks: Collection[str],
    metric: Result,
    value: Estimate,
    method: str,
    dataset: Dataset,
) -> Result:
    results = [row.results[task] for task in tasks]
    n = sum(result.n for result in results)
    known = {"edition_digest": results[0].edition, "configs": ", ".join(tasks)}
    return {
        "evaluation_result_id": f"{name}.{metric['metric_id'].rpartition('.')[2]}",
        "evaluation_name": name,
        "source_data": _source(dataset, n, **known),
        "metric_config": metric,
        "score_details": _score(value, n, method),
        "generation_config": _generation_config(row.setting),
    }


def _source(dataset: Dataset, n: int, **details: str) -> Result:
    known = {**details, **({"revision": dataset.revision} if dataset.revision else {})}
    if dataset.hub_id is None:
        details = {**known, "split": "test", "samples_number": str(n)}
        return {"dataset_name": "MCEval8k", "source_type": "other", "additional_details": details}
    return {
        "dataset_name": "MCEval8k",
        "source_type": "hf_dataset",
        "hf_repo": dataset.hub_id,
        "hf_split": "test",
        "samples_number": n,
        "additional_details": known,
    }


def _metric(name: str, title: str, *, least: float = 0.0) -> Result:
    return {
        "metric_id": name,
        "metric_name": title,
        "metric_kind": "accuracy",
        "metric_unit": "proportion",
        "lower_is_better": False,
        "score_type": "continuous",
        "min_score": least,
        "max_score": 1.0,
    }


def _score(value: Estimate, n: int, method: str) -> Result:
    if not math.isfinite(value.low):
        return {"score": value.value}
    interval = {
        "lower": value.low,
        "upper": value.high,
        "confidence_level": LEVEL,
        "method": method,
    }
    return {
        "score": value.value,
        "uncertainty": {"confidence_interval": interval, "num_samples": n},
    }


def _generation_config(setting: Setting, **details: object) -> Result:
    """How the model was evaluated; the schema wants texts."""
    known = {**asdict(setting), **details}
    texts = {n: v if isinstance(v, str) else json.dumps(v) for n, v in known.items() if v != ""}
    return {"additional_details": texts}
