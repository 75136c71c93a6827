"""Features that runs of `neurgrad collect` and `neurgrad probe` keep, and those in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mceval8k.errors import DataError, UsageError
from mceval8k.text import model_name
from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.features import Features, empty_features
from neurgrad_eval.features.room import row_blocks
from neurgrad_eval.features.stored import from_arrays
from neurgrad_eval.inputs.item_table import split_features, with_items
from neurgrad_eval.runs.folder import Manifest, check_files, find_runs, read_manifest
from neurgrad_eval.runs.rows import Arrays
from neurgrad_eval.runs.settings import Settings, option
from neurgrad_eval.runs.shards import FolderShards

ITEMS = "items.parquet"
_ARRAYS = ("codes", "activations", "probabilities", "labels")

FEATURES = "features"
"""Name of what has none."""
T = TypeVar("T")
Pair = tuple[Features, Features]
"""Features of training and of test prompts."""


@dataclass(frozen=True, kw_only=True)
class RunsInput(Settings):
    """Runs whose features are read."""

    runs: tuple[Path, ...] = option(
        (), "Folders of `neurgrad collect` or `neurgrad probe`, or of several.", argument=True
    )


@dataclass(frozen=True)
class StoredRun:
    """Features of one task's training, test and validation prompts."""

    about: Mapping[str, Any]
    """Model, edition, task and settings."""
    train: Features
    test: Features
    validation: Features | None = None

    @property
    def chance(self) -> float:
        """One over the number of answers."""
        return self.test.chance


Runs = Mapping[str, StoredRun]
"""Runs that are compared, by name."""


class Sources(Generic[T]):
    """What is measured, by name: read when it is needed, and one in memory at a time.

    `about` says what each is of, as plain values; `readers` are as many functions that read them.
    """

    def __init__(self, about: Mapping[str, Any], readers: Iterable[Callable[[], T]]) -> None:
        self.about = dict(about)
        self._readers = dict(zip(self.about, readers, strict=True))
        self._last: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._last:
            self._last.clear()  # its memory is free before the next is read
            self._last[name] = self._readers[name]()
        return self._last[name]


def stored_runs(folders: Sequence[Path]) -> Sources[StoredRun]:
    """Runs in folders, and in folders of several, by task and model; see `check_runs`."""
    found = check_runs(find_runs(folders))
    names = told_apart([run_name(about) for about in found.values()], list(found))
    about = dict(zip(names, found.values(), strict=True))
    return Sources(about, [partial(read_stored, folder) for folder in found])


def stored_together(names: Sequence[str], found: Mapping[Path, Mapping[str, Any]]) -> Sources[Runs]:
    """Runs that are compared, by these names, as `check_runs` found them."""
    about = dict(zip(names, found.values(), strict=True))
    readers = {name: partial(read_stored, path) for name, path in zip(names, found, strict=True)}
    return Sources({run_name(about[names[0]]): about}, [partial(read_all, readers)])


def read_all(readers: Mapping[str, Callable[[], StoredRun]]) -> Runs:
    """Read several runs."""
    return {name: read() for name, read in readers.items()}


def given(train: Features, test: Features, validation: Features | None = None) -> StoredRun:
    """Features in memory as a run; a DataError if they say too little to learn from."""
    _check_learnable(train.labels, test.groups)
    parts = {"train": train, "test": test, "validation": validation}
    about = {name: _digest(part) for name, part in parts.items() if part is not None}
    return StoredRun(about, train, test, validation)


def given_sources(run: StoredRun) -> Sources[StoredRun]:
    """One run that is in memory."""
    return Sources({FEATURES: run.about}, [lambda: run])


def given_together(pairs: Mapping[str, Pair]) -> Sources[Runs]:
    """Features in memory that are compared, by name; see `given`."""
    runs = {name: given(*pair) for name, pair in pairs.items()}
    return Sources({FEATURES: {name: of.about for name, of in runs.items()}}, [lambda: runs])


def check_runs(folders: Sequence[Path]) -> dict[Path, Mapping[str, Any]]:
    """Read what runs are of; the errors of `read_stored` that show without reading features."""
    if not folders:
        raise UsageError("give a run of `neurgrad collect` or `neurgrad probe`")
    return {folder: _open(folder)[0].about for folder in folders}


def run_name(about: Mapping[str, Any]) -> str:
    """Task and model, for people."""
    known = (about.get("task"), model_name(about.get("model")))
    return ", ".join(str(word) for word in known if word) or FEATURES


def told_apart(names: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """Names, with that of the folder after one that there was before."""
    found: list[str] = []
    for name, folder in zip(names, folders, strict=True):
        words = (name, f"{name} ({folder.name})", f"{name} ({folder})")
        found.append(next(word for word in words if word not in found))
    return found


def read_stored(folder: Path) -> StoredRun:
    """Read the features of a run.

    Raises
    ------
    UsageError
        The folder holds no finished run with features, or was edited.
    DataError
        A file is damaged, or the items say too little to learn from.
    """
    manifest, items = _open(folder)
    check_files(folder, manifest)
    shards = FolderShards(folder / "shards", manifest.owner())
    try:
        return join_run(manifest.about, map(shards.load, manifest.units), items)
    except DataError as error:
        raise DataError(f"{folder}: {error}") from None


def join_run(about: Mapping[str, Any], parts: Iterable[Arrays], items: pa.Table) -> StoredRun:
    """Make a run of its parts; see `join_features`."""
    splits = split_features(join_features(parts, items), items)
    _check_learnable(splits["train"].labels, splits["test"].groups)
    return StoredRun(about, splits["train"], splits["test"], splits.get("validation"))


def join_features(
    parts: Iterable[Arrays], items: pa.Table, *, budget: int | None = None
) -> Features:
    """Join features in parts, one in memory beside the whole, with what is known of their items.

    Parameters
    ----------
    parts
        Arrays of files.
    items
        Table of the items.
    budget
        Bytes of memory that the whole may take; see `empty_features`.

    Raises
    ------
    DataError
        The parts are no features, not those of the items, or every gradient is zero.
    """
    whole: Features | None = None
    for arrays in parts:
        part = from_arrays(arrays)
        if whole is None:
            labels = [-1] * items.num_rows
            whole = empty_features(labels, part.n_answers, part.widths, budget=budget)
        for name in _ARRAYS:
            getattr(whole, name)[arrays["rows"]] = getattr(part, name)
    if whole is None:
        raise DataError("there are no features")
    found = with_items(whole, items)
    silent = coding.encode(np.zeros((1, found.n_answers, 1), np.float32))[0, 0]
    if all((found.codes[rows] == silent).all() for rows in row_blocks(found.codes)):
        raise DataError("every gradient of every prompt is zero; try --dtype float32")
    return found


def _open(folder: Path) -> tuple[Manifest, pa.Table]:
    """Read what a run is of, and its items."""
    manifest = read_manifest(folder)
    if manifest.files is None or ITEMS not in manifest.files:
        what = "is not finished" if manifest.files is None else "keeps no features"
        raise UsageError(f"{folder}: the run {what}; give one of `neurgrad probe` or `collect`")
    try:
        items = pq.read_table(folder / ITEMS)
        train, test = (items.filter(pc.equal(items["split"], name)) for name in ("train", "test"))
        labels, groups = train["label"].to_numpy(), test["group"].to_pylist()
    except (OSError, KeyError, pa.ArrowException) as error:
        raise DataError(f"{folder / ITEMS}: {error}") from None
    _check_learnable(labels, groups, f"{folder / ITEMS}: ")
    return manifest, items


def _check_learnable(labels: npt.NDArray[Any], groups: Sequence[str], where: str = "") -> None:
    """Raise DataError for training prompts of one label, or test prompts of one group."""
    if len(np.unique(labels)) < 2:
        raise DataError(f"{where}the training items have one label only")
    if len(set(groups)) < 2:
        raise DataError(f"{where}the test items are of one group: no interval is known")


def _digest(features: Features) -> str:
    """SHA-256 (hexadecimal) of all that is known of prompts."""
    digest = hashlib.sha256(repr((features.widths, features.groups)).encode())
    for name in _ARRAYS:
        digest.update(np.ascontiguousarray(getattr(features, name)).data)
    return digest.hexdigest()
