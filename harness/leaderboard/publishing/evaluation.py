"""Community evaluation on the Hub: what a model's and a benchmark's repository say.

A score is a task's accuracy between 0 and 1. Averages over tasks are no entries: no framework would
compute them under these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from mceval8k.errors import UsageError
from mceval8k.item import INPUT

DESCRIPTION = (
    "Multiple-choice tasks of six genres. Scores are accuracies between 0 and 1. The tasks below "
    "ask inspect-ai's multiple-choice question; scores of the leaderboard compare log-likelihoods "
    "of the answer symbols after prompts of the package mceval8k."
)


def results_yaml(
    row: Mapping[str, Any],
    summary: Mapping[str, Any],
    *,
    benchmark: str,
    revision: str,
    source: str,
) -> str:
    """A model's scores, by task, as huggingface_hub writes them.

    Parameters
    ----------
    row, summary
        The model's row on the board, and the board's summary.
    benchmark, revision
        Data set repository of the edition, and its commit.
    source
        Repository of the results.

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
            dataset_revision=revision,
            date=row["date"] or None,
            source_url=f"https://huggingface.co/datasets/{source}",
            source_name="MCEval8k leaderboard",
            notes=notes,
        )
        for name, value in row["tasks"].items()
    ]
    return _yaml(eval_result_entries_to_yaml(entries))


def benchmark_yaml(summary: Mapping[str, Any]) -> str:
    """The benchmark's `eval.yaml`: an entry per task, each of which inspect-ai runs."""
    content = {
        "name": "MCEval8k",
        "description": DESCRIPTION,
        "evaluation_framework": "inspect-ai",
        "tasks": [_task(name) for name in summary["tasks"]],
    }
    return _yaml(content)


def _task(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "config": name,
        "split": "test",
        "field_spec": {
            "input": INPUT,
            "choices": "options",
            "target": "label",
            "metadata": ["lang", "group"],
        },
        "solvers": [{"name": "multiple_choice"}],
        "scorers": [{"name": "choice"}],
    }


def _yaml(content: Any) -> str:
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return text
