"""The folder of a run that goes on where it stopped: a manifest, and shards that are written whole.

A run that was interrupted finds its shards and goes on after them; a run with other settings is
refused. Nothing in the files depends on when or in how many runs they were written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.errors import DataError, UsageError
from mceval8k.files import write_text, writing
from mceval8k.version import __version__

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Shards:
    """One table per prompt, in a folder; make one with `open_folder`."""

    folder: Path

    def path(self, prompt: int) -> Path:
        """Where a prompt's table lies."""
        return self.folder / "shards" / f"{prompt:06d}.parquet"

    def has(self, prompt: int) -> bool:
        """Whether a prompt has been measured."""
        return self.path(prompt).is_file()

    def save(self, prompt: int, table: pa.Table) -> None:
        """Write a prompt's table."""
        with writing(self.path(prompt)) as temporary:
            pq.write_table(table, temporary)

    def load(self, prompt: int, columns: tuple[str, ...] = ()) -> pa.Table:
        """Read a prompt's table.

        Raises
        ------
        DataError
            The file is damaged or lacks one of `columns`.
        """
        try:
            table = pq.read_table(self.path(prompt))
            return table.select(columns) if columns else table
        except (pa.ArrowException, KeyError, ValueError) as error:
            raise self.damaged(prompt, error) from None

    def join(self, prompts: Sequence[int], path: Path) -> None:
        """Write the tables of some prompts as one, a prompt at a time."""
        with writing(path) as temporary:
            first = self.load(prompts[0])
            with pq.ParquetWriter(temporary, first.schema) as writer:
                writer.write_table(first)
                for prompt in prompts[1:]:
                    writer.write_table(self.load(prompt, tuple(first.column_names)))

    def damaged(self, prompt: int, error: Exception) -> DataError:
        """Error for a shard that is not what was written."""
        return DataError(f"{self.path(prompt)}: {error}; delete it to measure the prompt again")


def open_folder(folder: Path, command: str, settings: Mapping[str, Any]) -> Shards:
    """Open a folder to write a run of `command` into, or to go on with one.

    Raises
    ------
    UsageError
        The folder holds something else, or a run with other settings; the message names one.
    """
    path = folder / MANIFEST
    if folder.is_file():
        raise UsageError(f"{folder} is a file: name a folder")
    manifest = {"command": command, "version": __version__, "settings": dict(settings)}
    if path.is_file():
        _compare(folder, _read(path), manifest)
    elif folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{folder} exists and is no earlier result of this command: name another")
    else:
        write_text(path, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return Shards(folder)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def _compare(folder: Path, found: Any, asked: Mapping[str, Any]) -> None:
    if not isinstance(found, dict) or found.get("command") != asked["command"]:
        raise UsageError(f"{folder} exists and is no earlier result of this command: name another")
    there = {"version": found.get("version"), **found.get("settings", {})}
    # As JSON gives them back, so that a tuple equals the list that it was written as.
    wanted = json.loads(json.dumps(asked["settings"], ensure_ascii=False))
    for name, value in {"version": asked["version"], **wanted}.items():
        if there.get(name) != value:
            raise UsageError(
                f"{folder} holds a result of other settings ({name.replace('_', ' ')} is "
                f"{there.get(name)}, not {value}): name another folder"
            )
