"""Runs on disk: what a report is made from."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mceval8k.errors import DataError, UsageError


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

    @property
    def probes(self) -> Sequence[Mapping[str, Any]]:
        """One mapping per probe and number of neurons."""
        probes: Sequence[Mapping[str, Any]] = self.result["probes"]
        return probes


Run = Evaluation | Probing


def read_run(folder: Path) -> Run:
    """Read a run's folder.

    Raises
    ------
    UsageError
        The folder holds no run.
    DataError
        A file of the run is damaged or lacks a field; the message names it.
    """
    if (path := folder / "summary.json").is_file():
        summary = _read(path, ("model", "edition", "tasks", "averages"))
        return Evaluation(folder, summary)
    if (path := folder / "results.json").is_file():
        result = _read(path, ("model", "edition", "task", "probes"))
        return Probing(folder, result, _layers(folder / "layers.csv"))
    raise UsageError(f"{folder} is no run: it has neither summary.json nor results.json")


def _read(path: Path, required: Sequence[str]) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path}: {error}") from None
    missing = [name for name in required if name not in content]
    if missing:
        raise DataError(f"{path}: {missing[0]!r} is missing")
    return dict(content)


def _layers(path: Path) -> tuple[LayerCounts, ...]:
    found: dict[tuple[str, int], list[int]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found.setdefault((row["probe"], int(row["neurons"])), []).append(int(row["count"]))
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"{path}: {error}") from None
    return tuple(LayerCounts(*key, tuple(counts)) for key, counts in found.items())
