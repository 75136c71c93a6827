"""Ranked neurons from a file: the top of a ranking, with orientations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.neurons import Indices, to_flat
from neurgrad_eval.sweeps.folder import MANIFEST

IN_FOLDER = "neurons.parquet"
_PLAIN = ("orientation", "rank")


@dataclass(frozen=True)
class RankedNeurons:
    """The first neurons of a ranking that have a vote.

    Attributes
    ----------
    flat : int64 [neuron]
        Flat numbers (`neurgrad_eval.neurons`), best first.
    orientation : float64 [neuron]
        1 for neurons that speak for the gold answer, −1 for those that speak against it.
    """

    flat: Indices
    orientation: npt.NDArray[np.float64]

    def top(self, count: int) -> RankedNeurons:
        """Keep the first `count` of them."""
        return RankedNeurons(self.flat[:count], self.orientation[:count])


def ranking_file(path: Path, score: str) -> Path:
    """The table of a ranking: a file, or in a folder `neurons.parquet`, or `<score>.parquet`."""
    found = path
    if path.is_dir():
        several = path / IN_FOLDER
        found = several if several.is_file() else path / f"{score}.parquet"
    if not found.is_file():
        raise UsageError(f"{found}: there is no such file")
    if found.suffix not in (".parquet", ".csv"):
        raise UsageError(f"{found}: a ranking is a .parquet or .csv file, or the folder of a run")
    return found


def read_ranked(path: Path, score: str, count: int, widths: Sequence[int]) -> RankedNeurons:
    """Read the first `count` neurons of a ranking that have an orientation.

    Parameters
    ----------
    path
        Table with columns layer, index, orientation and rank, or, for several rankings side by
        side as `neurgrad probe` writes them, `<score>_orientation` and `<score>_rank`; or a folder
        that holds the latter as `neurons.parquet`, or the former as `<score>.parquet`.
    score
        Which ranking of several.
    count
        How many.
    widths
        Neurons per layer of the model.

    Raises
    ------
    UsageError
        There is no such file or ranking, or too few of its neurons have an orientation.
    DataError
        The table is damaged, or is of another model.
    """
    file = ranking_file(path, score)
    layers, indices, orientation, ranks = _columns(file, score)
    try:
        flat = to_flat(layers, indices, widths)
    except IndexError as error:
        raise DataError(f"{file}: {error}; is it of another model?") from None
    if len(np.unique(flat)) < len(flat):
        raise DataError(f"{file}: a neuron is there twice")
    if not np.isin(orientation, (-1, 0, 1)).all():
        raise DataError(f"{file}: an orientation is not -1, 0 or 1")
    order = np.lexsort((flat, ranks))
    voting = order[orientation[order] != 0]
    if count < 1 or len(voting) < count:
        raise UsageError(f"{count} neurons are asked; {len(voting)} of {file} have an orientation")
    chosen = voting[:count]
    return RankedNeurons(flat[chosen], orientation[chosen].astype(np.float64))


def check_origin(path: Path, known: Mapping[str, Any]) -> None:
    """Raise UsageError if a run's folder says that its ranking is of something else.

    Parameters
    ----------
    path
        Folder or file of a ranking; a file says nothing of where it comes from.
    known
        What the model and the settings are: weights, space and sign.
    """
    manifest = path / MANIFEST
    if not manifest.is_file():
        return
    try:
        about = json.loads(manifest.read_text(encoding="utf-8"))["about"]
        found = {name: about[name] for name in known if name in about}
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{manifest}: {error!r}") from None
    for name, value in found.items():
        if value != known[name]:
            raise UsageError(
                f"{path}: the ranking's {name} is {str(value)[:16]}, not {str(known[name])[:16]}"
            )


def _columns(file: Path, score: str) -> list[npt.NDArray[np.int64]]:
    """Layer, index, orientation and rank, whole numbers each."""
    try:
        table = pa.csv.read_csv(file) if file.suffix == ".csv" else pq.read_table(file)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise DataError(f"{file}: {error}") from None
    prefix = "" if all(name in table.column_names for name in _PLAIN) else f"{score}_"
    names = ["layer", "index", *(f"{prefix}{name}" for name in _PLAIN)]
    for name in names:
        if name not in table.column_names:
            raise DataError(f"{file}: column {name!r} is missing")
        if table[name].null_count or not pa.types.is_integer(table[name].type):
            raise DataError(f"{file}: column {name!r} is not of whole numbers")
    return [table[name].to_numpy().astype(np.int64) for name in names]
