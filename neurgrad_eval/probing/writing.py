"""Files of one task's run: results beside the features that they were computed of."""

from __future__ import annotations

import csv
import json
import platform
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.files import sha256, write_text
from mceval8k.version import __version__
from neurgrad_eval.neurons import count_per_layer, from_flat
from neurgrad_eval.probing.experiment import Outcome
from neurgrad_eval.probing.items import ITEMS, items_table
from neurgrad_eval.probing.results import NullRow, ProbeRow, ValidationRow

MANIFEST = "manifest.json"
RESULTS = "results.json"
_LIBRARIES = ("numpy", "scikit-learn", "torch", "transformers")


def write_outcome(outcome: Outcome, folder: Path, key: str) -> None:
    """Write an experiment's files beside its features.

    `results.json` holds the result; `results.csv` the accuracies, `validation.csv` those by which
    numbers of neurons were chosen, `nulls.csv` those under the nulls; `items.parquet` which items
    were asked, `predictions.parquet` each probe's answers, `neurons.parquet` every neuron's scores,
    `layers.csv` where the top neurons sit, and `manifest.json` settings, versions and the hash of
    every file. All are written before the first is put in its place, and the manifest comes last:
    a folder without one is half written.

    Parameters
    ----------
    outcome
        What was found.
    folder
        Where its features are.
    key
        What the manifest shall say it is the result of.
    """
    with tempfile.TemporaryDirectory(prefix=".results.", dir=folder) as name:
        target = Path(name)
        _write_files(outcome, target)
        (folder / MANIFEST).unlink(missing_ok=True)
        for path in sorted(target.iterdir()):
            path.replace(folder / path.name)
    manifest = _manifest(outcome, key, hash_files(folder))
    write_text(folder / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of each file in a folder but its manifest, by path in it."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(paths)}


def _write_files(outcome: Outcome, target: Path) -> None:
    result, sample = outcome.result, outcome.plan.sample
    _write_json(target / RESULTS, result.to_dict())
    for name, kind, rows in (
        ("results", ProbeRow, result.rows),
        ("validation", ValidationRow, result.validation),
        ("nulls", NullRow, result.nulls),
    ):
        columns = tuple(kind.__dataclass_fields__)
        write_csv(target / f"{name}.csv", columns, (asdict(row).values() for row in rows))
    splits = {"train": sample.train, "test": sample.test, "validation": sample.validation}
    pq.write_table(items_table(splits), target / ITEMS)
    pq.write_table(_predictions(outcome), target / "predictions.parquet")
    pq.write_table(_neurons(outcome), target / "neurons.parquet")
    write_csv(target / "layers.csv", ("probe", "neurons", "layer", "count"), _layers(outcome))


def _predictions(outcome: Outcome) -> pa.Table:
    test = outcome.plan.sample.test
    columns = {
        "id": pa.array([item["id"] for item in test], pa.string()),
        "label": pa.array([item["label"] for item in test], pa.int8()),
    }
    for given in outcome.answers:
        columns[given.column] = pa.array(given.answers.astype(np.int8))
    return pa.table(columns)


def _neurons(outcome: Outcome) -> pa.Table:
    widths = outcome.features.widths
    layers, indices = from_flat(np.arange(sum(widths)), widths)
    columns: dict[str, npt.NDArray[Any]] = {
        "layer": layers.astype(np.int32),
        "index": indices.astype(np.int32),
    }
    for name, ranking in outcome.rankings.by_name().items():
        columns[f"{name}_score"] = ranking.scores
        columns[f"{name}_orientation"] = ranking.orientation
        columns[f"{name}_rank"] = ranking.ranks().astype(np.int32)
    return pa.table(columns)


def _layers(outcome: Outcome) -> Iterable[tuple[str, int, int, int]]:
    for name, ranking in outcome.rankings.by_name().items():
        for neurons in outcome.plan.settings.neurons:
            counts = count_per_layer(ranking.top(neurons), outcome.features.widths)
            for layer, count in enumerate(counts.tolist()):
                yield name, neurons, layer, count


def _manifest(outcome: Outcome, key: str, files: dict[str, str]) -> dict[str, Any]:
    demonstrations = outcome.plan.sample.demonstrations
    return {
        "command": "neurgrad probe",
        "version": __version__,
        "key": key,
        "settings": asdict(outcome.plan.settings),
        "about": dict(outcome.result.about),
        "widths": list(outcome.features.widths),
        "demonstrations": {
            lang: [item["id"] for item in shots] for lang, shots in demonstrations.items()
        },
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in _LIBRARIES},
        },
        "reused_features": outcome.reused,
        "seconds": {name: round(value, 3) for name, value in outcome.seconds.items()},
        "files": files,
    }


def _write_json(path: Path, content: Any) -> None:
    path.write_text(
        json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
