"""The command that gives a run again, from what the run says of itself."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

_EVAL_FLAGS = {
    "rotate": "rotate",
    "generate": "generate",
    "apply-chat-template": "chat_template",
}
"""Switches of `mceval8k eval`, and the fields of a summary that say whether they were on."""


def eval_command(summary: Mapping[str, Any]) -> str:
    """Command of a run of `mceval8k eval`."""
    tasks = ",".join(str(task["task"]) for task in summary["tasks"])
    return _join(
        "mceval8k eval",
        {
            "model": summary["model"],
            "model-args": summary.get("model_args"),
            "edition": summary["edition"],
            "revision": summary.get("edition_revision"),
            "tasks": tasks,
            "num-fewshot": summary.get("num_fewshot"),
            "pack": summary.get("pack"),
            "seed": summary.get("demonstration_seed"),
            "limit": summary.get("limit"),
            "system-instruction": summary.get("system_instruction"),
        },
        flags=[name for name, key in _EVAL_FLAGS.items() if summary.get(key)],
    )


def probe_command(result: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Command of a run of `neurgrad probe`.

    Parameters
    ----------
    result
        What `results.json` holds.
    settings
        The settings in its manifest, if it has one.
    """
    shown = {probe["neurons"] for probe in result["probes"] if probe.get("ties") is not None}
    neurons = settings.get("neurons") or sorted(shown)
    shots = settings.get("num_fewshot", result.get("num_fewshot"))
    return _join(
        "neurgrad probe",
        {
            "model": result["model"],
            "revision": result.get("revision"),
            "edition": result["edition"],
            "edition-revision": result.get("edition_revision"),
            "task": result["task"],
            "train-size": result.get("train_size"),
            "test-size": result.get("test_size"),
            "neurons": ",".join(map(str, neurons)) or None,
            "validation-size": settings.get("validation_size"),
            "null-draws": settings.get("null_draws"),
            "null-refits": settings.get("null_refits"),
            "num-fewshot": shots,
            "pack": result.get("pack"),
            "seed": result.get("seed"),
            "space": result.get("space"),
            "sign": result.get("sign"),
            "dtype": result.get("dtype"),
            "out": "FOLDER",
        },
    )


def _join(command: str, options: Mapping[str, Any], flags: Sequence[str] = ()) -> str:
    words = [
        f"--{name} {shlex.quote(str(value))}"
        for name, value in options.items()
        if value not in (None, "")
    ]
    return " ".join((command, *words, *(f"--{flag}" for flag in flags)))
