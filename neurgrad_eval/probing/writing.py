"""Files of an experiment: a folder that appears whole or not at all."""

from __future__ import annotations

import csv
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.errors import UsageError
from mceval8k.files import sha256, writing_folder
from mceval8k.version import __version__
from neurgrad_eval.feature_store import save_features
from neurgrad_eval.neurons import count_per_layer, from_flat
from neurgrad_eval.probing.experiment import Outcome
from neurgrad_eval.probing.results import ProbeRow

MANIFEST = "manifest.json"
_LIBRARIES = ("numpy", "scikit-learn", "torch", "transformers")


def check_target(folder: Path) -> None:
    """Raise UsageError for a folder that `write_outcome` would refuse, before hours are spent."""
    if folder.is_file():
        raise UsageError(f"{folder} is a file: name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder} exists and is no earlier result of this command: name another")


def write_outcome(outcome: Outcome, folder: Path) -> None:
    """Write an experiment's files.

    `results.json` and `results.csv` hold the accuracies, `predictions.parquet` each probe's
    answers, `neurons.parquet` every neuron's scores, `layers.csv` where the top neurons sit,
    `features.*` what is used again by a run of the same prompts, and `manifest.json` settings,
    versions and the hash of every file.

    Raises
    ------
    UsageError
        The folder holds something that is no earlier result.
    """
    with writing_folder(folder, replaceable=MANIFEST) as target:
        save_features(outcome.features, target, outcome.provenance)
        _write_json(target / "results.json", outcome.result.to_dict())
        columns = tuple(ProbeRow.__dataclass_fields__)
        rows = (asdict(row).values() for row in outcome.result.rows)
        _write_csv(target / "results.csv", columns, rows)
        pq.write_table(_predictions(outcome), target / "predictions.parquet")
        pq.write_table(_neurons(outcome), target / "neurons.parquet")
        _write_csv(target / "layers.csv", ("probe", "neurons", "layer", "count"), _layers(outcome))
        _write_json(target / MANIFEST, _manifest(outcome, target))


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


def _manifest(outcome: Outcome, folder: Path) -> dict[str, Any]:
    demonstrations = outcome.plan.sample.demonstrations
    return {
        "command": "neurgrad probe",
        "version": __version__,
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
        "files": {path.name: sha256(path) for path in sorted(folder.iterdir())},
    }


def _write_json(path: Path, content: Any) -> None:
    path.write_text(
        json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
