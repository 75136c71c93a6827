"""Result files of lm-eval: found below folders, read one by one, checked as they are read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from harness.leaderboard.condensing import condense
from harness.leaderboard.identity import model_of
from harness.leaderboard.records import Model, Rejected, Run, TaskResult
from harness.tasks.discovery import PREFIX
from mceval8k.errors import DataError, UsageError

OLDEST_LM_EVAL = "0.4.13"
"""Earlier versions log other fields, and some of them other scores."""


@dataclass(frozen=True)
class ResultFile:
    """A result file, and what it is called on the board."""

    path: Path
    label: str


def find_results(places: Sequence[Path]) -> tuple[ResultFile, ...]:
    """All `results_*.json` below folders (or named themselves), in a fixed order, each once.

    Raises
    ------
    UsageError
        A place does not exist, or has no such file.
    """
    found: dict[Path, ResultFile] = {}
    for place in places:
        if not place.exists():
            raise UsageError(f"{place} does not exist")
        paths = [place] if place.is_file() else sorted(place.rglob("results_*.json"))
        if not paths:
            raise UsageError(f"{place}: no results_*.json of lm-eval here or below")
        root = place.resolve().parent
        for path in (each.resolve() for each in paths):
            inside = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
            found.setdefault(path, ResultFile(path, _label(inside)))
    return tuple(sorted(found.values(), key=lambda each: (each.label, str(each.path))))


def _label(inside: Path) -> str:
    """Path as it is shown: lm-eval names a folder after all of a local model's path."""
    return "/".join(p.rsplit("__", 1)[-1] if p.startswith("__") else p for p in inside.parts)


def date_of(path: Path) -> str:
    """Date in the name of a result file, which is in the names of its samples too."""
    return path.name.removeprefix("results_").removesuffix(".json")


def files_of(path: Path) -> list[Path]:
    """A result file and the samples beside it."""
    return [path, *sorted(path.parent.glob(f"samples_*_{date_of(path)}.jsonl"))]


def read_run(file: ResultFile) -> Run:
    """Read a result file and the samples beside it; what is wrong becomes a `Rejected`."""
    try:
        content = _content(file.path)
        check_lm_eval(content)
        configs = _our_configs(content)
    except DataError as error:
        return _unreadable(file, str(error))
    found = [_result_or_reason(file, content, *each) for each in configs.items()]
    results = [each for each in found if isinstance(each, TaskResult)]
    rejected = [each for each in found if isinstance(each, Rejected)]
    return _run(file, content, configs, results, rejected)


def _result_or_reason(
    file: ResultFile, content: Mapping[str, Any], name: str, config: Mapping[str, Any]
) -> TaskResult | Rejected:
    try:
        return _task_result(file.path, content, name, config)
    except (DataError, UsageError) as error:
        task = str(config.get("dataset_name") or name)
        return Rejected(file.label, task, " ".join(str(error).split()))


def _content(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise DataError("no JSON, or cut off") from None
    if not isinstance(content, dict) or not isinstance(content.get("results"), dict):
        raise DataError("no result file of lm-eval")
    return content


def check_lm_eval(content: Mapping[str, Any]) -> None:
    """Refuse results of an lm-eval that is too old, or that does not say its version.

    Raises
    ------
    DataError
        It is.
    """
    given = str(content.get("lm_eval_version") or "")
    try:
        is_old = Version(given) < Version(OLDEST_LM_EVAL)
    except InvalidVersion:
        raise DataError(f"no version of lm-eval is given; {OLDEST_LM_EVAL} is needed") from None
    if is_old:
        raise DataError(f"made with lm-eval {given}; {OLDEST_LM_EVAL} or later is needed")


def _our_configs(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    configs = content.get("configs")
    if not isinstance(configs, dict):
        raise DataError("no configs of tasks")
    ours: dict[str, Mapping[str, Any]] = {
        name: config
        for name, config in sorted(configs.items())
        if name.startswith(f"{PREFIX}_") and isinstance(config, dict)
    }
    if not ours:
        raise DataError("no task of MCEval8k")
    return ours


def _task_result(
    path: Path, content: Mapping[str, Any], name: str, config: Mapping[str, Any]
) -> TaskResult:
    samples = path.parent / f"samples_{name}_{date_of(path)}.jsonl"
    if not samples.is_file():
        raise DataError(f"no {samples.name} beside it: lm-eval writes it with --log_samples")
    scores = content["results"].get(name)
    if not isinstance(scores, dict):
        raise DataError("no score")
    if (content.get("config") or {}).get("limit") is not None:
        raise DataError("only a part of the test split was asked (--limit)")
    shots = (content.get("n-shot") or {}).get(name, config.get("num_fewshot"))
    return condense(config, scores, shots, samples)


def _run(
    file: ResultFile,
    content: Mapping[str, Any],
    configs: Mapping[str, Mapping[str, Any]],
    results: Sequence[TaskResult],
    rejected: Sequence[Rejected],
) -> Run:
    chat = content.get("chat_template_sha") if content.get("chat_template") else ""
    record = content.get("mceval8k")
    return Run(
        file=file.label,
        date=_date(content),
        model=model_of(content),
        backend=str((content.get("config") or {}).get("model") or ""),
        shots=str(record.get("num_fewshot") or "") if isinstance(record, dict) else "",
        chat=str(chat or ""),
        system=str(content.get("system_instruction_sha") or ""),
        versions=dict(_versions(content, configs)),
        results=tuple(results),
        rejected=tuple(rejected),
    )


def _date(content: Mapping[str, Any]) -> str:
    try:
        moment = datetime.fromtimestamp(float(content["date"]), timezone.utc)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _versions(
    content: Mapping[str, Any], configs: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    yield "lm_eval", str(content.get("lm_eval_version") or "")
    for config in configs.values():
        versions = (config.get("metadata") or {}).get("versions")
        if isinstance(versions, dict):
            yield from ((str(key), str(value)) for key, value in sorted(versions.items()))
            return


def _unreadable(file: ResultFile, reason: str) -> Run:
    nobody = Model("", "", "", "")
    rejected = (Rejected(file.label, "", reason),)
    return Run(file.label, "", nobody, "", "", "", "", {}, (), rejected)
