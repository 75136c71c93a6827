"""The folder of a probing campaign: one folder for each task and model, and what they share.

A campaign that was interrupted is gone on with: results that are there are kept, features that are
there are used, and what is missing is computed. Files that were changed since are refused.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mceval8k.errors import DataError, UsageError
from mceval8k.files import sha256, write_text, writing
from mceval8k.version import __version__
from neurgrad_eval.probing.results import ProbeRow
from neurgrad_eval.probing.writing import MANIFEST, RESULTS, hash_files, write_csv

COMMAND = "neurgrad probe"
TABLE = "runs.csv"


@dataclass(frozen=True)
class Run:
    """A task and a model, and the folder of their results."""

    task: str
    model: str
    folder: str


def name_runs(tasks: Sequence[str], models: Sequence[str]) -> list[Run]:
    """Runs of every model on every task, model by model, each with a folder name of its own.

    Raises
    ------
    UsageError
        A model is named twice.
    """
    if len(set(models)) < len(models):
        raise UsageError("a model is named twice")
    short: dict[str, str] = {}
    for model in models:
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(model).name).strip("-.") or "model"
        taken = sum(known.startswith(name) for known in short.values())
        short[model] = f"{name}-{taken + 1}" if taken else name
    return [Run(task, model, f"{task}--{short[model]}") for model in models for task in tasks]


def open_campaign(folder: Path, runs: Sequence[Run]) -> None:
    """Make the folder of a campaign, or check that an earlier one can be gone on with.

    Raises
    ------
    UsageError
        The folder holds something else, or a run's folder is another model's.
    """
    path = folder / MANIFEST
    if folder.is_file():
        raise UsageError(f"{folder} is a file: name a folder")
    if folder.is_dir() and any(folder.iterdir()):
        known = {run["folder"]: run for run in _read_campaign(path)["runs"]}
        for run in runs:
            there = known.get(run.folder, {"model": run.model})
            if there["model"] != run.model:
                raise UsageError(
                    f"{folder / run.folder} is of model {there['model']}: name another"
                )
    _write_campaign(folder, runs)


def finish_campaign(folder: Path) -> None:
    """Write the table of the accuracies of all the campaign's runs that are finished."""
    runs = [Run(**run) for run in _read_campaign(folder / MANIFEST)["runs"]]
    columns = tuple(ProbeRow.__dataclass_fields__)
    rows = [
        [run.model, run.task, *(row[name] for name in columns)]
        for run in runs
        if (folder / run.folder / MANIFEST).is_file()
        for row in _read(folder / run.folder / RESULTS)["probes"]
    ]
    with writing(folder / TABLE) as temporary:
        write_csv(temporary, ("model", "task", *columns), rows)
    _write_campaign(folder, runs, {TABLE: sha256(folder / TABLE)})


def finished(folder: Path, key: str) -> dict[str, Any] | None:
    """Return the result of a run that is there and is of what is asked.

    Raises
    ------
    UsageError
        A file of a finished run was changed or removed.
    DataError
        A file cannot be read.
    """
    if not (folder / MANIFEST).is_file():
        return None
    manifest = _read(folder / MANIFEST)
    there, known = hash_files(folder), manifest.get("files", {})
    for name in sorted(known):
        if there.get(name) != known[name]:
            what = "was changed" if name in there else "is missing"
            raise UsageError(f"{folder / name} {what} since it was written; give --overwrite")
    return _read(folder / RESULTS) if manifest.get("key") == key else None


def clear_run(folder: Path) -> None:
    """Remove a run that is to be replaced."""
    if folder.is_dir():
        shutil.rmtree(folder)


def _read_campaign(path: Path) -> dict[str, Any]:
    other = f"{path.parent} exists and is no earlier result of this command: name another"
    if not path.is_file():
        raise UsageError(other)
    content = _read(path)
    if content.get("command") != COMMAND or not isinstance(content.get("runs"), list):
        raise UsageError(other)
    return content


def _write_campaign(
    folder: Path, runs: Sequence[Run], files: Mapping[str, str] | None = None
) -> None:
    path = folder / MANIFEST
    earlier = _read_campaign(path) if path.is_file() else {"runs": []}
    mine = [vars(run) for run in runs]
    kept = [run for run in earlier["runs"] if run["folder"] not in {own["folder"] for own in mine}]
    content = {
        "command": COMMAND,
        "version": __version__,
        "runs": kept + mine,
        "files": dict(earlier.get("files", {}) if files is None else files),
    }
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: not an object")
    return content
