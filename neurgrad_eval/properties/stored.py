"""Runs of `neurgrad probe` on disk: features of the items, and which belong together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.feature_store import SIDECAR, Provenance, load_features
from neurgrad_eval.features import Features
from neurgrad_eval.probing.items import ITEMS
from neurgrad_eval.probing.writing import MANIFEST, RESULTS, hash_files


@dataclass(frozen=True)
class Part:
    """Features of some items of a run.

    Attributes
    ----------
    features : Features
        Row by row of the items.
    ids, groups, languages, questions : tuple of str [prompt]
        Of each item; `questions` are digests of the normalised texts.
    """

    features: Features
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    languages: tuple[str, ...]
    questions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """Gold answers [prompt]."""
        return self.features.labels

    def take(self, rows: npt.ArrayLike) -> Part:
        """Part of the chosen rows; of successive ones nothing is copied."""
        chosen = np.asarray(rows, dtype=np.int64)
        first = int(chosen[0]) if len(chosen) else 0
        in_a_row = np.array_equal(chosen, np.arange(first, first + len(chosen)))
        texts = (self.ids, self.groups, self.languages, self.questions)
        return Part(
            self.features.take(slice(first, first + len(chosen)) if in_a_row else chosen),
            *(tuple(values[row] for row in chosen.tolist()) for values in texts),
        )


@dataclass(frozen=True)
class StoredRun:
    """One task's run of `neurgrad probe`."""

    folder: Path
    about: Mapping[str, Any]
    """Model, edition, task and settings, as in `results.json`."""
    train: Part
    test: Part
    validation: Part | None = None

    @property
    def chance(self) -> float:
        """One over the number of options."""
        return 1 / self.test.features.n_answers

    @property
    def name(self) -> str:
        """Task and model, for people."""
        return f"{self.about['task']}, {Path(str(self.about['model'])).name}"


def read_stored(folder: Path) -> StoredRun:
    """Read a run with its features.

    Raises
    ------
    UsageError
        The folder holds no finished run of `neurgrad probe`.
    DataError
        A file was changed or is damaged, or items and features do not agree.
    """
    if not (folder / SIDECAR).is_file() or not (folder / RESULTS).is_file():
        raise UsageError(f"{folder} is no run of `neurgrad probe`: it lacks {SIDECAR} or {RESULTS}")
    _check_files(folder)
    about = _read_json(folder / RESULTS)
    if missing := [name for name in ("model", "edition", "task") if name not in about]:
        raise DataError(f"{folder / RESULTS}: {missing[0]!r} is missing")
    provenance = _provenance(folder / SIDECAR)
    features = load_features(folder, provenance)
    whole, splits = _with_items(folder / ITEMS, features, provenance)
    parts = {name: np.flatnonzero(splits == name) for name in ("train", "validation", "test")}
    for name in ("train", "test"):
        if not len(parts[name]):
            raise DataError(f"{folder / ITEMS}: there are no {name} items")
    validation = whole.take(parts["validation"]) if len(parts["validation"]) else None
    run = StoredRun(
        folder, about, whole.take(parts["train"]), whole.take(parts["test"]), validation
    )
    if len(np.unique(run.train.labels)) < 2:
        raise DataError(f"{folder / ITEMS}: the training items have one label only")
    if len(set(run.test.groups)) < 2:
        raise DataError(f"{folder / ITEMS}: the test items are of one group: no interval is known")
    return run


def find_runs(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Folders of single runs: those given, and those just inside a folder of several."""
    found: list[Path] = []
    for folder in folders:
        inside = sorted(path.parent for path in folder.glob(f"*/{SIDECAR}"))
        found.extend([folder] if (folder / SIDECAR).is_file() or not inside else inside)
    return tuple(dict.fromkeys(found))


def _check_files(folder: Path) -> None:
    """Raise an error for a run that is half written, or whose files are not those it wrote."""
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder}: the run is not finished; run `neurgrad probe` into it again")
    known = _read_json(folder / MANIFEST).get("files")
    if not isinstance(known, dict) or ITEMS not in known:
        raise UsageError(f"{folder}: {ITEMS} is missing; run `neurgrad probe` into it again")
    there = hash_files(folder)
    for name, digest in sorted(known.items()):
        if there.get(name) != digest:
            what = "was changed" if name in there else "is missing"
            raise DataError(f"{folder / name} {what} since it was written")


def _with_items(
    path: Path, features: Features, provenance: Provenance
) -> tuple[Part, npt.NDArray[Any]]:
    try:
        table = pq.read_table(path, columns=["id", "split", "lang", "group", "question"])
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: {error}") from None
    columns = table.to_pydict()
    if tuple(columns["id"]) != tuple(provenance.items):
        raise DataError(f"{path}: its items are not those of the features")
    texts: Sequence[tuple[str, ...]] = [
        tuple(columns[name]) for name in ("id", "group", "lang", "question")
    ]
    return Part(features, *texts), np.asarray(columns["split"])


def _provenance(path: Path) -> Provenance:
    known = _read_json(path).get("provenance")
    try:
        fields = dict(known or {})
        return Provenance(**{**fields, "items": tuple(fields["items"])})
    except (TypeError, ValueError, KeyError) as error:
        raise DataError(f"{path}: provenance: {error}") from None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: not an object")
    return content
