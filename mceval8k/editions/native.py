"""Our layout: `<task>/<split>-00000-of-00001.parquet` beside a manifest with a hash per file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.editions.manifest import MANIFEST, Manifest, read_manifest
from mceval8k.editions.own import read_record, record_file
from mceval8k.editions.rows import check_rows
from mceval8k.errors import DataError
from mceval8k.files import sha256
from mceval8k.item import features
from mceval8k.registry import all_tasks
from mceval8k.task import Task

if TYPE_CHECKING:
    from datasets import Dataset, Features
    from datasets.table import InMemoryTable


def split_file(task: str, split: str) -> str:
    """Path of a split's file in the edition's folder."""
    return f"{task}/{split}-00000-of-00001.parquet"


class NativeLayout:
    """Reads an edition that `mceval8k build` wrote."""

    name = "native"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @staticmethod
    def recognises(folder: Path) -> bool:
        """Whether the folder has a manifest."""
        return (folder / MANIFEST).is_file()

    @property
    def kind(self) -> str:
        """Kind of edition: samples, full, clean, or the name of somebody's own."""
        return self.manifest.edition

    @cached_property
    def manifest(self) -> Manifest:
        """The edition's manifest."""
        return read_manifest(self.folder)

    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks that the manifest lists, the edition's own ones last."""
        known = (*all_tasks(), *(task.name for task in self.own_tasks))
        return tuple(name for name in known if name in self.manifest.tasks)

    @cached_property
    def own_tasks(self) -> tuple[Task, ...]:
        """Records that the edition brings along, by name."""
        return own_tasks(self.folder, self.manifest)

    def digest(self) -> str:
        """SHA-256 of the manifest, which holds the hash of every file."""
        return sha256(self.folder / MANIFEST)

    def read(self, task: Task) -> Mapping[str, Dataset]:
        """Splits of a task; each file's bytes must have the hash that the manifest states."""
        counts = self.manifest.tasks[task.name]
        return {split: self._read_split(task, split, counts[split]) for split in counts}

    def _read_split(self, task: Task, split: str, rows: int) -> Dataset:
        from datasets import Dataset

        name = split_file(task.name, split)
        path = self.folder / name
        if name not in self.manifest.files:
            raise DataError(f"{self.folder / MANIFEST}: files: {name} is missing")
        if not path.is_file():
            raise DataError(f"{path}: the manifest names this file, but it is missing")
        if sha256(path) != self.manifest.files[name]:
            raise DataError(f"{path}: content differs from the manifest's hash")
        table = read_parquet(path, features(task))
        if len(table) != rows:
            raise DataError(f"{path}: {len(table)} rows; the manifest says {rows}")
        check_rows(table.table, task, path)
        return Dataset(table, split=split)


def own_tasks(folder: Path, manifest: Manifest) -> tuple[Task, ...]:
    """Read the records of a manifest's tasks that the edition brings along itself.

    Raises
    ------
    DataError
        A record is damaged, not what the manifest's hash says, or of another task than its name.
    """
    names = (name for name in sorted(manifest.tasks) if record_file(name) in manifest.files)
    return tuple(_own_task(folder, manifest, name) for name in names)


def _own_task(folder: Path, manifest: Manifest, name: str) -> Task:
    path = folder / record_file(name)
    if not path.is_file():
        raise DataError(f"{path}: the manifest names this file, but it is missing")
    if sha256(path) != manifest.files[record_file(name)]:
        raise DataError(f"{path}: content differs from the manifest's hash")
    task = read_record(path)
    if task.name != name:
        raise DataError(f"{path}: the record is of task {task.name!r}")
    return task


def read_parquet(path: Path, expected: Features) -> InMemoryTable:
    """Read a parquet file into memory with just the expected columns and types.

    Raises
    ------
    DataError
        The file is no parquet, lacks a column, or has one of another type.
    """
    from datasets.table import InMemoryTable

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: not a readable parquet file: {_one_line(error)}") from None
    if missing := [name for name in expected if name not in table.column_names]:
        raise DataError(f"{path}: column {missing[0]!r} is missing")
    try:
        table = table.select(list(expected)).cast(expected.arrow_schema)
    except (pa.ArrowException, ValueError) as error:
        raise DataError(f"{path}: {_one_line(error)}") from None
    return InMemoryTable(table)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
