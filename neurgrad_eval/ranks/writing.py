"""Files of a ranking: a table of neurons for each score, and where the first of them sit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.errors import DataError, UsageError
from mceval8k.files import sha256, write_text, writing
from mceval8k.version import __version__
from neurgrad_eval.neurons import count_per_layer, from_flat
from neurgrad_eval.probing.writing import write_csv
from neurgrad_eval.ranks.result import RankTable

COMMAND = "neurgrad rank"
MANIFEST = "manifest.json"
LAYERS = "layers.csv"


def check_folder(folder: Path) -> None:
    """Raise UsageError for a folder that holds something else than an earlier ranking as it was."""
    if folder.is_file():
        raise UsageError(f"{folder} is a file: name a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    content = _read_manifest(folder)
    if content.get("command") != COMMAND:
        raise UsageError(f"{folder} exists and is no earlier result of this command: name another")
    for name, known in content.get("files", {}).items():
        if not (folder / name).is_file() or sha256(folder / name) != known:
            raise UsageError(
                f"{folder / name} was changed or removed since it was written: name another folder"
            )


def begin(folder: Path, about: Mapping[str, Any]) -> None:
    """Write what a new folder will be of, or check that an earlier one is of the same.

    Raises
    ------
    UsageError
        It is of something else; the message names what differs.
    """
    if not (folder / MANIFEST).is_file():
        write_manifest(folder, about)
        return
    there = _read_manifest(folder).get("about", {})
    for name, value in about.items():
        if there.get(name) != value:
            raise UsageError(
                f"{folder} holds a ranking of another run ({name} is {there.get(name)}, not "
                f"{value}): name another folder"
            )


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None
    return content if isinstance(content, dict) else {}


def write_manifest(folder: Path, about: Mapping[str, Any], files: Sequence[str] = ()) -> None:
    """Write what the folder is of; a ranking that is not finished has no files in it."""
    content = {
        "command": COMMAND,
        "version": __version__,
        "about": dict(about),
        "files": {name: sha256(folder / name) for name in files},
    }
    write_text(folder / MANIFEST, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def write_rankings(
    folder: Path,
    tables: Mapping[str, RankTable],
    layers: Mapping[str, npt.NDArray[np.int64]],
    widths: Sequence[int],
) -> list[str]:
    """Write `<ranking>.parquet`, neurons by rank, and `layers.csv`; return the files' names.

    Columns are `layer`, `index`, `score`, `orientation`, `rank` (0 is the first) and `error`, the
    score's standard error, null where it is not known.
    """
    for name, table in tables.items():
        with writing(folder / f"{name}.parquet") as temporary:
            pq.write_table(to_table(table, widths), temporary)
    with writing(folder / LAYERS) as temporary:
        rows = (
            (name, int(counts.sum()), layer, count)
            for name, counts in layers.items()
            for layer, count in enumerate(counts.tolist())
        )
        write_csv(temporary, ("ranking", "neurons", "layer", "count"), rows)
    return [*(f"{name}.parquet" for name in tables), LAYERS]


def to_table(table: RankTable, widths: Sequence[int]) -> pa.Table:
    """Neurons by rank."""
    ranking = table.ranking
    order = ranking.order
    layers, indices = from_flat(order, widths)
    return pa.table(
        {
            "layer": layers.astype(np.int32),
            "index": indices.astype(np.int32),
            "score": ranking.scores[order],
            "orientation": ranking.orientation[order],
            "rank": np.arange(len(order), dtype=np.int32),
            "error": pa.array(table.errors[order], from_pandas=True),
        }
    )


def layer_counts(
    tables: Mapping[str, RankTable], widths: Sequence[int], top: int
) -> dict[str, npt.NDArray[np.int64]]:
    """How many of each ranking's first neurons sit in each layer [layer]."""
    return {name: count_per_layer(table.ranking.top(top), widths) for name, table in tables.items()}
