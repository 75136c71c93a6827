"""Community evaluation on the Hub: what a model's and a benchmark's repository say.

A score is an accuracy between 0 and 1. The overall score is the genre-macro average.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from mceval8k.errors import UsageError
from mceval8k.registry import get_task
from mceval8k.task import GENRES

OVERALL = "overall"

DESCRIPTION = (
    "Multiple-choice tasks of six genres. Scores are accuracies between 0 and 1; the overall score "
    "is the genre-macro average, the mean over genres of the mean over tasks."
)


def results_yaml(
    row: Mapping[str, Any], summary: Mapping[str, Any], *, benchmark: str, source: str
) -> str:
    """A model's scores, overall first, as huggingface_hub writes them.

    Raises
    ------
    UsageError
        The installed huggingface_hub does not know evaluation results.
    """
    try:
        from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml
    except ImportError:
        raise UsageError("huggingface_hub is too old for evaluation results: update it") from None
    notes = f"{row['setting']}; edition {summary['edition_digest'][:12]}; accuracy, 0 to 1"
    entries = [
        EvalResultEntry(
            dataset_id=benchmark,
            task_id=name,
            value=round(value, 6),
            date=row["date"] or None,
            source_url=f"https://huggingface.co/datasets/{source}",
            source_name="MCEval8k leaderboard",
            notes=notes,
        )
        for name, value in _scores(row)
    ]
    return _yaml(eval_result_entries_to_yaml(entries))


def _scores(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    if row["genre_macro"] is not None:
        yield OVERALL, row["genre_macro"]
    yield from row["genres"].items()
    yield from row["tasks"].items()


def benchmark_yaml(summary: Mapping[str, Any]) -> str:
    """The benchmark's `eval.yaml`: overall, genres and tasks; the first is shown first."""
    names = summary["tasks"]
    genres = [genre for genre in GENRES if any(get_task(name).genre == genre for name in names)]
    content = {
        "name": "MCEval8k",
        "description": DESCRIPTION,
        "evaluation_framework": "inspect-ai",
        "tasks": [
            _task(OVERALL, config="all"),
            # A genre is no config of its own: its score is made of those of its tasks.
            *({"id": genre, "split": "test"} for genre in genres),
            *(_task(name, config=name) for name in names),
        ],
    }
    return _yaml(content)


def _task(name: str, *, config: str) -> dict[str, Any]:
    return {
        "id": name,
        "config": config,
        "split": "test",
        "field_spec": {"input": "question", "choices": "options", "target": "label"},
        "solvers": [{"name": "multiple_choice"}],
        "scorers": [{"name": "choice"}],
    }


def _yaml(content: Any) -> str:
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return text
