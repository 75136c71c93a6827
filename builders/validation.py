"""Validation: whether a folder is an edition in our layout, whole and consistent.

Every violation names its file and, where there is one, its row (counted from 0). Quality (near
duplicates, shortcuts, balance) is not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from builders.card.card import README
from builders.card.header import header, read_header
from builders.making.ordering import order_faults
from builders.rows import row_faults, schema_faults
from builders.schema import SCHEMA_FILE, schema_text
from mceval8k.editions.edition import SPLITS
from mceval8k.editions.manifest import MANIFEST, Manifest, read_manifest
from mceval8k.editions.native import own_tasks, split_file
from mceval8k.errors import DataError, UsageError
from mceval8k.files import read_bytes, sha256
from mceval8k.json_text import MOST_BYTES
from mceval8k.registry import all_tasks
from mceval8k.task import Task


@dataclass(frozen=True)
class Violation:
    """Something in an edition that is not as it must be."""

    file: str
    """Path in the edition's folder."""
    row: int | None
    """Row of the file, from 0; None where it is no single row."""
    message: str
    """What is wrong."""

    def __str__(self) -> str:
        file = self.file if self.file.isprintable() else ascii(self.file)
        place = file if self.row is None else f"{file}: row {self.row}"
        return f"{place}: {self.message}"


@dataclass(frozen=True)
class Validation:
    """What validation found."""

    violations: tuple[Violation, ...]
    """All violations, in the order of the files."""
    rows: int
    """Rows that were checked."""
    tasks: tuple[str, ...]
    """Tasks that the manifest lists."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations


def validate(folder: Path) -> Validation:
    """Check an edition in our layout.

    Raises
    ------
    UsageError
        There is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such directory")
    if not (folder / MANIFEST).is_file():
        message = "is missing: not an edition in our layout"
        return Validation((Violation(MANIFEST, None, message),), 0, ())
    try:
        manifest = read_manifest(folder)
    except DataError as error:
        message = str(error).removeprefix(f"{folder / MANIFEST}: ")
        return Validation((Violation(MANIFEST, None, message),), 0, ())
    try:
        known = {**all_tasks(), **{task.name: task for task in own_tasks(folder, manifest)}}
    except DataError as error:
        file, _, message = str(error).removeprefix(f"{folder}/").partition(": ")
        return Validation((Violation(file, None, message),), 0, tuple(manifest.tasks))
    tasks = [task for name, task in known.items() if name in manifest.tasks]
    violations = [*_files(folder, manifest), *_documents(folder, manifest, tasks)]
    rows = 0
    for name in manifest.tasks:
        if name not in known:
            violations.append(Violation(MANIFEST, None, f"tasks: there is no task {name!r}"))
            continue
        checked = _TaskCheck(folder, known[name], manifest.tasks[name])
        violations += checked.violations()
        rows += checked.rows
    return Validation(tuple(violations), rows, tuple(manifest.tasks))


def _files(folder: Path, manifest: Manifest) -> Iterator[Violation]:
    """Missing files, files of other content, files that nobody lists."""
    for name, expected in sorted(manifest.files.items()):
        path = folder / name
        if not path.is_file():
            yield Violation(name, None, "the manifest names this file, but it is missing")
        elif sha256(path) != expected:
            yield Violation(name, None, "content differs from the manifest's hash")
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_dir() or any(part.startswith(".") for part in relative.parts):
            continue
        name = relative.as_posix()
        if name != MANIFEST and name not in manifest.files:
            yield Violation(name, None, "the manifest does not name this file")
    wanted = {split_file(task, split) for task in manifest.tasks for split in SPLITS}
    for name in sorted((wanted | {README, SCHEMA_FILE}) - set(manifest.files)):
        yield Violation(MANIFEST, None, f"files: {name} is missing")


def _documents(folder: Path, manifest: Manifest, tasks: Sequence[Task]) -> Iterator[Violation]:
    """Schema and header, which follow from the tasks and their counts."""
    if _text(folder / SCHEMA_FILE) != schema_text(tasks):
        yield Violation(SCHEMA_FILE, None, "not the schema of these tasks")
    try:
        found = read_header(_text(folder / README))
    except DataError as error:
        yield Violation(README, None, str(error))
        return
    expected = header(tasks, sum(sum(manifest.tasks[task.name].values()) for task in tasks))
    for key in ("configs", "dataset_info"):
        if not isinstance(found, dict) or found.get(key) != expected[key]:
            yield Violation(README, None, f"header: {key} does not describe these tasks")


def _text(path: Path) -> str:
    try:
        return read_bytes(path, MOST_BYTES).decode()
    except (DataError, UnicodeDecodeError):
        return ""


@dataclass
class _TaskCheck:
    """Checks the splits of a task, and that they have no item or group in common."""

    folder: Path
    task: Task
    counts: Mapping[str, int]
    rows: int = 0
    ids: dict[str, tuple[str, int]] = field(default_factory=dict)
    groups: dict[str, tuple[str, int]] = field(default_factory=dict)

    def violations(self) -> Iterator[Violation]:
        for split in SPLITS:
            name = split_file(self.task.name, split)
            if not (self.folder / name).is_file():
                continue  # named already as missing
            try:
                table = pq.read_table(self.folder / name)
                for row, message in self._faults(name, table, split):
                    yield Violation(name, row, message)
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                reason = " ".join(str(error).split())
                yield Violation(name, None, f"not a readable parquet file: {reason}")

    def _faults(self, name: str, table: pa.Table, split: str) -> Iterator[tuple[int | None, str]]:
        if len(table) != (expected := self.counts[split]):
            yield None, f"{len(table)} rows; the manifest says {expected}"
        if faults := list(schema_faults(self.task, table)):
            yield from faults
            return
        self.rows += len(table)
        faulty = row_faults(self.task, table)
        yield from faulty
        yield from self._repeated_ids(name, table)
        yield from self._split_groups(name, table)
        if split == "train" and not faulty:  # an order is of sound rows
            columns = (table[column].to_pylist() for column in ("label", "group", "lang"))
            yield from order_faults(self.task, *columns)

    def _repeated_ids(self, name: str, table: pa.Table) -> Iterator[tuple[int, str]]:
        for row, id_ in enumerate(table["id"].to_pylist()):
            file, first = self.ids.setdefault(id_, (name, row))
            if (file, first) != (name, row):
                yield row, f"id {id_!r} is also that of {file}: row {first}"

    def _split_groups(self, name: str, table: pa.Table) -> Iterator[tuple[int, str]]:
        for row, group in enumerate(table["group"].to_pylist()):
            file, first = self.groups.setdefault(group, (name, row))
            if file != name:
                yield row, f"group {group[:80]!r} is also in {file}: row {first}"
