"""Rows of a board as records of Every Eval Ever, a shared format for results of evaluations.

The schema is `every_eval_ever/schemas/eval.schema.json`, version 0.3.0, of
https://github.com/evaleval/every_eval_ever (package every-eval-ever 0.3.0). A record is what one
result file adds to a row: the accuracy of each task and of its languages, and the averages where
the whole row is of that file. What a run does not tell is left out, or `unknown` where the schema
wants a word.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from harness.leaderboard.board import Board, Row
from harness.leaderboard.entries import Entry
from harness.leaderboard.export.every_eval_ever_scores import Dataset, average_results, task_results
from harness.leaderboard.records import Run

SCHEMA_VERSION = "0.3.0"
BENCHMARK = "mceval8k"
"""Folder of the records, and first part of the names of evaluations."""

_ENGINES = {"hf": "transformers", "hf-prefix": "transformers", "vllm": "vllm", "sglang": "sglang"}
"""By lm-eval's kind of model: what runs the weights, where the evaluating process loads them."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Publisher:
    """What the results themselves do not tell."""

    organization: str
    """Who publishes the results."""
    relationship: str
    """Of the evaluator to the models' developers: `first_party`, `third_party`, …"""
    retrieved: int
    """When the records are made, in seconds since 1970."""
    dataset: Dataset
    """Where the edition is."""
    availability: str = "unknown"
    """Of the models: `open_weights`, `closed_weights` or `unknown`."""


def records(
    board: Board, row: Row, model_id: str, publisher: Publisher
) -> Iterator[tuple[str, Record]]:
    """Records of a row, each with its path `data/mceval8k/OWNER/NAME/UUID.json`.

    Parameters
    ----------
    board, row
        A board, and one of its rows.
    model_id
        `owner/name` of the row's model.
    publisher
        Who makes the records, and when.
    """
    by_run: dict[str, list[Entry]] = defaultdict(list)
    for entry in row.entries.values():
        by_run[entry.run.file].append(entry)
    for entries in by_run.values():
        digest = _digest(row, entries)
        results = [
            each
            for entry in entries
            for each in task_results(BENCHMARK, row.setting, entry.result, publisher.dataset)
        ]
        if len(by_run) == 1:
            results += average_results(BENCHMARK, board, row, publisher.dataset)
        name = uuid.UUID(bytes=bytes.fromhex(digest[:32]), version=4)
        yield (
            f"data/{BENCHMARK}/{model_id}/{name}.json",
            {
                "schema_version": SCHEMA_VERSION,
                **_head(row, entries[0].run, digest, publisher),
                "model_info": _model(row, entries[0].run, model_id, publisher),
                "evaluation_results": results,
            },
        )


def _digest(row: Row, entries: Sequence[Entry]) -> str:
    """SHA-256 of the model, the setting and the answers: the same wherever the files lie."""
    results = [entry.result for entry in entries]
    content = [
        asdict(row.model),
        asdict(row.setting),
        entries[0].run.date,
        [[r.task, r.edition, r.pack_digest, r.ids_digest, r.bits.hex()] for r in results],
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _head(row: Row, run: Run, digest: str, publisher: Publisher) -> Record:
    versions = dict(run.versions)
    library = {"name": "lm_eval", "version": versions.pop("lm_eval")}
    moment = _moment(run.date)
    return {
        "evaluation_id": f"{BENCHMARK}/{row.model.name}/{moment or 'undated'}-{digest[:12]}",
        **({"evaluation_timestamp": moment} if moment else {}),
        "retrieved_timestamp": str(publisher.retrieved),
        "source_metadata": {
            "source_name": "MCEval8k leaderboard",
            "source_type": "evaluation_run",
            "source_organization_name": publisher.organization,
            "evaluator_relationship": publisher.relationship,
        },
        "eval_library": {**library, "additional_details": versions},
    }


def _moment(date: str) -> str:
    """When a run was made, in seconds since 1970; a day without a time as it is."""
    return (
        str(int(datetime.fromisoformat(f"{date[:-1]}+00:00").timestamp())) if "T" in date else date
    )


def _model(row: Row, run: Run, model_id: str, publisher: Publisher) -> Record:
    engine = _ENGINES.get(run.backend)
    version = run.versions.get(engine or "")
    details = {
        "deployment_type": "self_deployed" if engine else "unknown",
        "model_availability": publisher.availability,
        "revision": row.model.revision,
        "dtype": row.model.dtype,
        "variant": row.model.variant,
        "num_parameters": str(run.parameters or ""),
        "lm_eval_model": run.backend,
    }
    named = {"name": engine, **({"version": version} if version else {})}
    return {
        "name": row.model.name,
        "id": model_id,
        "developer": model_id.partition("/")[0],
        **({"inference_engine": named} if engine else {}),
        "additional_details": {name: text for name, text in details.items() if text},
    }
