"""Ranked neurons: the top of a ranking with orientations, from a run, a file, a result or a table.

A table of ranked neurons has the columns `layer` and `neuron`, and

- `orientation`, 1 where a neuron speaks for the gold answer, −1 where against it and 0 where it has
  no vote; the sign of the column `score` if it is missing;
- `rank`, 0 for the best; the order of the rows if it is missing;
- `ranking`, which one a row belongs to, where a table may hold several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.digests import digest_texts
from neurgrad_eval.neurons import Indices, to_flat
from neurgrad_eval.runs.folder import check_files, read_manifest
from neurgrad_eval.runs.result import Result

TABLE = "neurons"
"""Name of the table in the run of an experiment that ranks neurons."""
CENTRED = "centred"
"""The ranking that is taken of several where none is named."""
ORIENTED = (CENTRED, "magnitude", "polarity")
"""Rankings whose orientation says which way a neuron pushes the gold answer."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RankedNeurons:
    """The first neurons of a ranking that have a vote."""

    flat: Indices
    """Flat numbers (`neurgrad_eval.neurons`), best first [neuron]."""
    orientation: Floats
    """1 for neurons that speak for the gold answer, −1 for those that speak against it."""
    every: Floats | None = None
    """Of each of the model's neurons, 0 where it has none; None if the ranking is not of all."""

    def digest(self) -> str:
        """SHA-256 (hexadecimal) of which neurons they are, and of all orientations."""
        neurons = zip(self.flat.tolist(), self.orientation.tolist(), strict=True)
        others = [] if self.every is None else [self.every.astype(np.int8).tobytes().hex()]
        return digest_texts([*(f"{number} {sign:g}" for number, sign in neurons), *others])


@dataclass(frozen=True)
class RankingTable:
    """Rows of one ranking, before it is known of which model they are."""

    rows: pa.Table
    source: str
    """What errors call it."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What the run that it is of says of itself; empty for a file or a DataFrame."""

    def check_origin(self, known: Mapping[str, Any]) -> None:
        """Raise UsageError if the run is of other weights, or of another space or sign.

        Under `magnitude` signs and order of the answers' NeurGrad are the same in both spaces, and
        the rankings that are read here (`ORIENTED`) are made of nothing else: they serve both.
        """
        same = {"space"} if known.get("sign") == "magnitude" else set()
        for name, value in known.items():
            if name not in same and (found := self.about.get(name, value)) != value:
                raise UsageError(
                    f"{self.source}: the ranking's {name} is {str(found)[:16]}, "
                    f"not {str(value)[:16]}"
                )

    def top(self, count: int | None, widths: Sequence[int]) -> RankedNeurons:
        """Take the first neurons that have an orientation, all if no count is given.

        `widths` are the neurons per layer of the model.

        Raises
        ------
        UsageError
            Too few neurons have an orientation.
        DataError
            A column is missing or holds something else, or the neurons are of another model.
        """
        flat, orientation = self._flat(widths), self._orientation()
        there = "rank" in self.rows.column_names
        ranks = self._whole("rank") if there else np.arange(len(flat))
        order = np.lexsort((flat, ranks))
        voting = order[orientation[order] != 0]
        requested = len(voting) if count is None else count
        if not 1 <= requested <= len(voting):
            raise UsageError(
                f"{requested} neurons requested; {len(voting)} of {self.source} have an orientation"
            )
        every = orientation[np.argsort(flat)] if len(flat) == sum(widths) else None
        return RankedNeurons(flat[voting[:requested]], orientation[voting[:requested]], every)

    def _flat(self, widths: Sequence[int]) -> Indices:
        try:
            flat = to_flat(self._whole("layer"), self._whole("neuron"), widths)
        except IndexError as error:
            raise DataError(f"{self.source}: {error}; is it of another model?") from None
        if len(np.unique(flat)) < len(flat):
            raise DataError(f"{self.source}: a neuron is there twice")
        return flat

    def _orientation(self) -> Floats:
        names = self.rows.column_names
        if not {"orientation", "score"} & {*names}:
            raise DataError(f"{self.source}: it has neither a column 'orientation' nor 'score'")
        if "orientation" not in names:
            return np.nan_to_num(np.sign(self._numbers("score")))
        if not np.isin(found := self._numbers("orientation"), (-1, 0, 1)).all():
            raise DataError(f"{self.source}: an orientation is not -1, 0 or 1")
        return found

    def _whole(self, name: str) -> Indices:
        values = self._numbers(name)
        if not np.array_equal(values, np.round(values)):
            raise DataError(f"{self.source}: column {name!r} is not of whole numbers")
        return values.astype(np.int64)

    def _numbers(self, name: str) -> Floats:
        if name not in self.rows.column_names:
            raise DataError(f"{self.source}: column {name!r} is missing")
        try:
            return np.asarray(self.rows[name].cast(pa.float64()))
        except pa.ArrowException:
            raise DataError(f"{self.source}: column {name!r} is not of numbers") from None


def read_ranking(path: Path, score: str | None) -> RankingTable:
    """Read one ranking from the folder of a finished run, or from a .parquet or .csv file.

    That of the score, or the only one there is, or the centred one of several.

    Raises
    ------
    UsageError
        There is no such file or ranking, the run is not finished or was edited, or the ranking's
        orientation does not say which way a neuron pushes the gold answer.
    DataError
        A file is damaged.
    """
    file, about = path, {}
    if path.is_dir():
        manifest = read_manifest(path)
        if manifest.files is None:
            raise UsageError(f"{path}: the run is not finished; run the same command again")
        check_files(path, manifest)
        file, about = path / f"{TABLE}.parquet", dict(manifest.about)
    elif path.suffix not in (".parquet", ".csv"):
        raise UsageError(f"{path}: a ranking is a .parquet or .csv file, or the folder of a run")
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file")
    try:
        table = pa.csv.read_csv(file) if file.suffix == ".csv" else pq.read_table(file)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise DataError(f"{file}: {error}") from None
    return _choose(table, score, str(path), about)


def as_ranking(neurons: Any, score: str | None = None) -> RankingTable:
    """Take one ranking from a result, a table or a DataFrame; see `read_ranking` for the errors."""
    if isinstance(neurons, Result):
        return _choose(neurons.table(TABLE), score, f"the {neurons.experiment}", neurons.about)
    try:
        table = neurons if isinstance(neurons, pa.Table) else pa.Table.from_pandas(neurons)
    except (AttributeError, TypeError, pa.ArrowException):
        raise UsageError(
            "neurons: give a table with the columns layer, neuron and orientation or score"
        ) from None
    return _choose(table, score, "the table of neurons", {})


def _choose(
    table: pa.Table, score: str | None, source: str, about: Mapping[str, Any]
) -> RankingTable:
    """Rows of the chosen ranking."""
    if "ranking" not in table.column_names:
        return RankingTable(table, source, about)
    there = table["ranking"].unique().to_pylist()
    chosen = score or (there[0] if len(there) == 1 else CENTRED)
    if chosen not in there:
        raise UsageError(f"{source}: there is no ranking {chosen!r}: {', '.join(map(str, there))}")
    if chosen not in ORIENTED:
        raise UsageError(
            f"{source}: the orientation of {', '.join(ORIENTED)} says which way a neuron pushes "
            f"the gold answer; that of {chosen!r} does not"
        )
    return RankingTable(table.filter(pc.equal(table["ranking"], chosen)), source, about)
