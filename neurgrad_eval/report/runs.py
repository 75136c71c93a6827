"""Runs on disk: what a report is made from."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.report.stored import SUFFIX

EVALUATION, PROBING, PROPERTY = "summary.json", "results.json", "property.json"
_KINDS = (EVALUATION, PROPERTY, PROBING)
_MANIFEST, _LAYERS = "manifest.json", "layers.csv"


@dataclass(frozen=True)
class Evaluation:
    """A model's accuracy by task, as `mceval8k eval --out` wrote it."""

    folder: Path
    summary: Mapping[str, Any]

    @property
    def tasks(self) -> Sequence[Mapping[str, Any]]:
        """One mapping per task: task, genre, n, accuracy, low, high, chance."""
        tasks: Sequence[Mapping[str, Any]] = self.summary["tasks"]
        return tasks


@dataclass(frozen=True)
class LayerCounts:
    """Where the top neurons of one ranking sit."""

    probe: str
    neurons: int
    counts: tuple[int, ...]
    """Of the top neurons, how many are in each layer."""


@dataclass(frozen=True)
class Probing:
    """Probes of one task, as `neurgrad probe --out` wrote them."""

    folder: Path
    result: Mapping[str, Any]
    layers: tuple[LayerCounts, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What was asked for, where the run says it."""

    @property
    def probes(self) -> Sequence[Mapping[str, Any]]:
        """One mapping per probe and number of neurons."""
        probes: Sequence[Mapping[str, Any]] = self.result["probes"]
        return probes


@dataclass(frozen=True)
class Property:
    """A property of skill neurons, as `neurgrad efficiency` and its like wrote it."""

    folder: Path
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Ranked:
    """Rankings of neurons, as `neurgrad rank` wrote them."""

    folder: Path
    about: Mapping[str, Any]
    layers: tuple[LayerCounts, ...]


@dataclass(frozen=True)
class Page:
    """What another command put on its own page."""

    folder: Path
    content: Mapping[str, Any]


Run = Evaluation | Probing | Property | Ranked | Page


def find_runs(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Folders of single runs: those given, and those just inside a folder of several."""
    found: list[Path] = []
    for folder in folders:
        inside = [path for path in sorted(folder.glob("*")) if path.is_dir() and _is_run(path)]
        found.extend([folder] if _is_run(folder) or not inside else inside)
    return tuple(dict.fromkeys(found))


def read_run(folder: Path) -> Run:
    """Read a run's folder.

    Raises
    ------
    UsageError
        The folder holds no run.
    DataError
        A file of the run is damaged or lacks a field; the message names it.
    """
    if (path := folder / EVALUATION).is_file():
        return Evaluation(folder, read_json(path, ("model", "edition", "tasks", "averages")))
    if (path := folder / PROPERTY).is_file():
        return Property(folder, read_json(path, ("property", "settings", "entries")))
    if (path := folder / PROBING).is_file():
        result = read_json(path, ("model", "edition", "task", "probes"))
        return Probing(
            folder,
            result,
            _layers(folder / _LAYERS, "probe"),
            _manifest(folder).get("settings", {}),
        )
    if pages := sorted(folder.glob(f"*{SUFFIX}")):
        return Page(folder, read_json(pages[0], ("title", "lead", "settings", "sections")))
    if _is_ranking(folder):
        return Ranked(folder, _manifest(folder)["about"], _layers(folder / _LAYERS, "ranking"))
    raise UsageError(
        f"{folder} is no run: it has none of {', '.join(_KINDS)}, no page's data and no ranking"
    )


def _is_run(folder: Path) -> bool:
    known = any((folder / kind).is_file() for kind in _KINDS) or any(folder.glob(f"*{SUFFIX}"))
    return known or _is_ranking(folder)


def _is_ranking(folder: Path) -> bool:
    return (folder / _LAYERS).is_file() and "about" in _manifest(folder)


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / _MANIFEST
    return read_json(path) if path.is_file() else {}


def plain_values(content: Mapping[str, Any]) -> dict[str, Any]:
    """Texts and numbers of a run, for the table of its settings."""
    return {
        name: value
        for name, value in content.items()
        if isinstance(value, (str, int, float)) and not isinstance(value, bool)
    }


def read_json(path: Path, required: Sequence[str] = ()) -> dict[str, Any]:
    """Read a JSON object that has the required fields.

    Raises
    ------
    DataError
        It is none; the message names the file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: not an object")
    if missing := [name for name in required if name not in content]:
        raise DataError(f"{path}: {missing[0]!r} is missing")
    return content


def _layers(path: Path, column: str) -> tuple[LayerCounts, ...]:
    found: dict[tuple[str, int], list[int]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found.setdefault((row[column], int(row["neurons"])), []).append(int(row["count"]))
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"{path}: {error}") from None
    return tuple(LayerCounts(*key, tuple(counts)) for key, counts in found.items())
