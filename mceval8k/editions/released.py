"""The released layout: `<genre>/<task>/{train,valid,test}`, as JSON or parquet, read as it is.

Nothing is repaired: leaks, swapped columns and wrong labels come through, so that they can be
audited and so that published numbers can be compared.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.errors import DataError
from mceval8k.files import sha256
from mceval8k.item import Item, features, make_item
from mceval8k.registry import all_tasks
from mceval8k.task import RawRow, Task

if TYPE_CHECKING:
    from datasets import Dataset

SOURCE = "iszhaoxin/MCEval8K"
STEMS = {"train": "train", "validation": "valid", "test": "test"}
SUFFIXES = (".parquet", ".json", ".jsonl")


class ReleasedLayout:
    """Reads the authors' released edition."""

    name = kind = "released"
    own_tasks: tuple[Task, ...] = ()
    """None: the authors' edition has no tasks but the benchmark's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Whether the folder holds at least one task in the released layout."""
        return bool(cls(folder).tasks())

    @cached_property
    def _files(self) -> Mapping[str, Mapping[str, Path]]:
        """Files by task and split."""
        found = {}
        for task in all_tasks().values():
            if task.released_folder is None:
                continue
            folder = self.folder / task.released_folder
            splits = {split: _first_file(folder, stem) for split, stem in STEMS.items()}
            if there := {split: path for split, path in splits.items() if path is not None}:
                found[task.name] = there
        return found

    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks of which any split is there."""
        return tuple(self._files)

    def digest(self) -> str:
        """SHA-256 over the names and contents of the tasks' files."""
        digest = hashlib.sha256()
        for task in sorted(self._files):
            for split, path in sorted(self._files[task].items()):
                digest.update(f"{task}/{split} {sha256(path)}\n".encode())
        return digest.hexdigest()

    def read(self, task: Task) -> Mapping[str, Dataset]:
        """Splits of a task in our columns; one that is not there is empty."""
        files = self._files[task.name]
        return {split: _read_split(task, split, files.get(split)) for split in STEMS}


def _first_file(folder: Path, stem: str) -> Path | None:
    for path in (folder / (stem + suffix) for suffix in SUFFIXES):
        if path.is_file():
            return path
        if os.path.lexists(path):  # it would be taken for a split that is not there
            raise DataError(f"{path}: no regular file, or a link that leads nowhere")
    return None


def _read_split(task: Task, split: str, path: Path | None) -> Dataset:
    from datasets import Dataset
    from datasets.table import InMemoryTable

    expected = features(task)
    items: list[Item] = []
    if path is not None:
        items = [_item(task, split, path, number, raw) for number, raw in _rows(task, path)]
    columns = {name: [item[name] for item in items] for name in expected}
    try:
        table = pa.table(columns, schema=expected.arrow_schema)
    except (pa.ArrowException, TypeError) as error:
        raise DataError(f"{path}: {' '.join(str(error).split())}") from None
    return Dataset(InMemoryTable(table), split=split)


def _item(task: Task, split: str, path: Path, number: int, raw: RawRow) -> Item:
    try:
        return make_item(task, raw, source=SOURCE, source_id=f"{split}:{number}")
    except KeyError as error:
        raise DataError(f"{path}: row {number}: column {error} is missing") from None
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: row {number}: {error}") from None


def _rows(task: Task, path: Path) -> Iterator[tuple[int, RawRow]]:
    if path.suffix != ".parquet":
        yield from enumerate(_json_rows(path))
        return
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path}: not a readable parquet file: {' '.join(str(error).split())}"
        ) from None
    if missing := [name for name in task.raw_columns if name not in table.column_names]:
        raise DataError(f"{path}: column {missing[0]!r} is missing")
    yield from enumerate(table.to_pylist())


def _json_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a JSON list or of JSON lines."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        lines = [text] if text.lstrip()[:1] == "[" else text.split("\n")
        values = [_parse(line) for line in lines if line.strip()]
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise DataError(f"{path}: not JSON: {reason}") from None
    rows = values[0] if len(lines) == 1 and values and isinstance(values[0], list) else values
    if not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{path}: not a list of rows")
    return list(rows)


def _parse(text: str) -> Any:
    # pandas writes a missing text as NaN, which JSON has not got.
    return json.loads(text, parse_constant=lambda _: None)
