"""Writing an edition's files: parquet by split, schema, card, manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from builders.audit.stored import read_audit, write_audit
from builders.card.card import README, Entry, card
from builders.card.croissant import CROISSANT, croissant_text
from builders.card.header import LICENCES
from builders.card.pages import NOTES, licences_page, notes_page
from builders.publishing.redistribution import OWN_EDITIONS
from builders.schema import SCHEMA_FILE, schema_text
from mceval8k.editions.manifest import MANIFEST, Manifest
from mceval8k.editions.native import split_file
from mceval8k.errors import DataError
from mceval8k.files import sha256
from mceval8k.folders import writing_folder
from mceval8k.item import INPUT, Item, stored_features
from mceval8k.prompts.asking import question_with_instruction
from mceval8k.task import Task
from mceval8k.version import __version__

Readme = Callable[..., str]
"""Writes the card of an edition; called like `builders.card.card.card`."""


@contextmanager
def writing_edition(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder, which takes the place of `folder` if the body succeeds.

    Raises
    ------
    UsageError
        The folder holds something else than an edition.
    DataError
        A file cannot be read or written, for example because the disk is full.
    """
    try:
        with writing_folder(folder, replaceable=MANIFEST) as temporary:
            yield temporary
    except OSError as error:
        raise DataError(f"{error.filename or folder}: {error.strerror or error}") from None


def write_task(folder: Path, task: Task, items_of: Mapping[str, Sequence[Item]]) -> None:
    """Write a task's items, by split."""
    for split, items in items_of.items():
        path = folder / split_file(task.name, split)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_parquet(path, task, items)


def write_parquet(path: Path, task: Task, items: Sequence[Item]) -> None:
    """Write items as parquet, without metadata of pandas, `datasets` or Arrow in it.

    Any version of `datasets` then takes the features from the README. With one version of pyarrow,
    the same items give the same bytes.
    """
    schema = stored_features(task).arrow_schema.remove_metadata()
    columns = {name: [item[name] for item in items] for name in schema.names if name != INPUT}
    columns[INPUT] = [question_with_instruction(task, item) for item in items]
    table = pa.table(columns, schema=schema)
    pq.write_table(table, path, compression="zstd", store_schema=False)


def write_rest(
    folder: Path,
    *,
    edition: str,
    seed: int,
    sources: Mapping[str, str],
    entries: Sequence[Entry],
    readme: Readme = card,
    processes: int = 1,
) -> Manifest:
    """Write schema, audit, card and, last, the manifest over all files; return the manifest.

    The audit is of an edition, so the documents are written before it, and again with what it
    found. `processes` share its work.
    """
    write = partial(
        write_documents,
        folder,
        edition=edition,
        seed=seed,
        sources=sources,
        entries=entries,
        readme=readme,
    )
    write()
    write_audit(folder, edition, processes=processes)
    return write()


def write_documents(
    folder: Path,
    *,
    edition: str,
    seed: int,
    sources: Mapping[str, str],
    entries: Sequence[Entry],
    readme: Readme = card,
    version: str = __version__,
    left_out: Sequence[Task] = (),
) -> Manifest:
    """Write all but the tasks' files, from what is known of each task; return the manifest.

    Parameters
    ----------
    folder
        Holds the tasks' files already, and the audit if there is one.
    edition, seed, sources, version
        What the manifest says.
    entries
        What the card says about each task.
    readme
        Writes the card.
    left_out
        Tasks that the card says were left out.
    """
    tasks = [each.task for each in entries]
    _write(folder / SCHEMA_FILE, schema_text(tasks))
    _write(folder / CROISSANT, croissant_text(edition, version, tasks))
    found = read_audit(folder)
    shown = [replace(each, example=_first_item(folder, each.task)) for each in entries]
    text = readme(edition, seed, shown, version=version, left_out=left_out, audit=found)
    _write(folder / README, text)
    own = edition in OWN_EDITIONS
    _write(folder / LICENCES, licences_page(tasks, own=own))
    if any(each.notes for each in entries):
        _write(folder / NOTES, notes_page(entries, own=own))
    (folder / MANIFEST).unlink(missing_ok=True)  # it lists all files but itself
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = Manifest(
        edition=edition,
        version=version,
        seed=seed,
        sources=dict(sources),
        tasks={each.task.name: dict(each.counts) for each in entries},
        files={path.relative_to(folder).as_posix(): sha256(path) for path in files},
    )
    _write(folder / MANIFEST, manifest.to_json())
    return manifest


def _first_item(folder: Path, task: Task) -> Item | None:
    """First item of the test split, as far as there is one."""
    table = pq.read_table(
        folder / split_file(task.name, "test"), columns=["question", "options", "label"]
    )
    rows: list[Item] = table.slice(0, 1).to_pylist()
    return rows[0] if rows else None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
