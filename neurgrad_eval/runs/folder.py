"""The folder of a run: a manifest that says of what it is, shards, and results that are whole.

`manifest.json` is written first, and again when the run is finished, then with the hash of every
file. A folder is resumed only for what it is of; one that was edited or is something else is
refused in one line.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema

from mceval8k.errors import DataError, UsageError
from mceval8k.files import naming, sha256, write_text
from mceval8k.json_text import read_json
from mceval8k.locks import locked
from mceval8k.partial import is_partial, partial, remove, sweep
from mceval8k.version import __version__
from neurgrad_eval.runs.shards import FolderShards

MANIFEST = "manifest.json"
FORMAT = 4
"""Of the folder; changes with the fields of the manifest."""
PARTS = "conditions"
"""Folder inside that of a run, for runs that it is computed from."""
_SHARDS = "shards"
_LIBRARIES = ("numpy", "scikit-learn", "torch", "transformers")
_SCHEMA = {
    "type": "object",
    "required": ["experiment", "about", "options"],
    "additionalProperties": False,
    "properties": {
        "experiment": {"type": "string"},
        "about": {"type": "object"},
        "options": {"type": "object"},
        "units": {"type": "array", "items": {"type": "string"}},
        "files": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
        "version": {"type": "string"},
        "versions": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
    },
}


@dataclass(frozen=True)
class Manifest:
    """What a folder says of itself."""

    experiment: str
    about: Mapping[str, Any]
    """All that decides the numbers, as plain values."""
    options: Mapping[str, Any]
    """What was typed; empty for a run that was not made by a command."""
    units: Sequence[str] = ()
    """Those that the results are of, once the run is finished."""
    files: Mapping[str, str] | None = None
    """SHA-256 of every file, by path; None until the run is finished."""
    version: str = __version__
    versions: Mapping[str, str] | None = None

    def owner(self) -> str:
        """SHA-256 (hexadecimal) of what the run is of."""
        content = [self.experiment, self.version, plain_json(self.about)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def write(self, folder: Path) -> None:
        """Write it."""
        versions = {name: version(name) for name in _LIBRARIES}
        content = {
            "format": FORMAT,
            **vars(self),
            "units": list(self.units),
            "versions": {"python": platform.python_version(), **versions},
        }
        write_text(folder / MANIFEST, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def plain_json(value: Any) -> Any:
    """Return a value as JSON gives it back: tuples become lists."""
    return json.loads(json.dumps(value, ensure_ascii=False))


def read_manifest(folder: Path) -> Manifest:
    """Read what a folder says of itself.

    Raises
    ------
    UsageError
        It holds no run, or one of an earlier version.
    DataError
        The manifest is damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise UsageError(f"{folder} holds no run of neurgrad: {MANIFEST} is missing")
    content = read_json(path)
    if content.pop("format", None) != FORMAT:
        raise UsageError(
            f"{folder} was not written by this version of neurgrad: run it again elsewhere"
        )
    try:
        jsonschema.validate(content, _SCHEMA)
    except jsonschema.ValidationError as error:
        raise DataError(f"{path}: {error.json_path}: {error.message[:200]}") from None
    return Manifest(**content)


def is_run(folder: Path) -> bool:
    """Whether a folder is one of a run, of whatever version."""
    return (folder / MANIFEST).is_file()


def find_runs(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Folders of single runs: those given, and those just inside a folder of several."""
    found: list[Path] = []
    for folder in folders:
        inside = sorted(p for p in folder.glob("[!.]*") if p.is_dir() and is_run(p))
        found.extend([folder] if is_run(folder) or not inside else inside)
    return tuple(dict.fromkeys(found))


def open_folder(folder: Path, wanted: Manifest) -> tuple[FolderShards, Manifest]:
    """Open a folder for a run: a new one, or one to be resumed.

    Returns
    -------
    FolderShards
        Where its measurements are kept.
    Manifest
        What the folder says now; with files if the run is finished.

    Raises
    ------
    UsageError
        The folder holds something else, or was edited; the message names what differs.
    """
    found = check_place(folder, wanted.experiment)
    shards = FolderShards(folder / _SHARDS, wanted.owner())
    if found is not None:
        _compare(folder, found, wanted)
        check_files(folder, found)
        return shards, found
    wanted.write(folder)
    return shards, wanted


def check_place(folder: Path, experiment: str) -> Manifest | None:
    """Raise UsageError for a folder in which an experiment cannot be run.

    Returns
    -------
    Manifest or None
        Of the run that is there already.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name another")
    if not is_run(folder):
        if not _is_free(folder):
            raise UsageError(f"{folder} exists and holds no run of neurgrad: name another")
        return None
    found = read_manifest(folder)
    if found.experiment != experiment:
        raise UsageError(
            f"{folder} holds a run of neurgrad {found.experiment}: name another folder"
        )
    return found


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raise UsageError if a file of a finished run was changed or removed since."""
    for name, digest in (manifest.files or {}).items():
        path = folder / name
        if not path.is_file():
            raise UsageError(f"{path} is missing since the run was finished; give --overwrite")
        if sha256(path) != digest:
            raise UsageError(f"{path} was changed since it was written; give --overwrite")


def finish(folder: Path, manifest: Manifest, write: Callable[[Path], None]) -> None:
    """Write the results of a run, then the manifest: a folder whose manifest has files is whole.

    Parameters
    ----------
    folder, manifest
        Of the run.
    write
        Writes the results into the folder that it is given.
    """
    sweep(folder)
    results = partial(folder / "results")
    with naming(folder, results):
        try:
            results.mkdir()
            write(results)
            replace(manifest, files=None).write(folder)
            for path in sorted(results.iterdir()):
                path.replace(folder / path.name)
        finally:
            remove(results)
    files = {path.relative_to(folder).as_posix(): sha256(path) for path in _files(folder)}
    replace(manifest, files=files).write(folder)


def discard(folder: Path) -> None:
    """Remove the folder of a run in which nothing has been measured; leave any other."""
    names = {path.name for path in folder.iterdir()}
    shards = folder / _SHARDS
    if names <= {MANIFEST, _SHARDS} and not (shards.is_dir() and any(shards.iterdir())):
        shutil.rmtree(folder)


def clear(folder: Path) -> None:
    """Remove an earlier run; UsageError if the folder holds anything else."""
    if not folder.exists():
        return
    if not is_run(folder) and not _is_free(folder):
        raise UsageError(f"{folder} holds no run of neurgrad: it is not replaced")
    known = set((read_manifest(folder).files if is_run(folder) else None) or ()) | {MANIFEST}
    for path in _foreign(folder, known):
        raise UsageError(f"{path} is not of the run: the folder is not replaced")
    with locked(folder):
        shutil.rmtree(folder)


def _is_free(folder: Path) -> bool:
    """Whether a run may begin there: there is nothing but runs that it is computed from."""
    return not folder.exists() or (
        folder.is_dir()
        and all(path.name == PARTS or is_partial(path.name) for path in folder.iterdir())
    )


def _foreign(folder: Path, known: Collection[str]) -> Iterator[Path]:
    """What is in the folder of a run and not of it."""
    for path in folder.glob("[!.]*"):
        if path.name == PARTS and path.is_dir():
            yield from (inside for inside in path.iterdir() if not is_run(inside))
        elif path.name not in known and not (path.name == _SHARDS and path.is_dir()):
            yield path


def _files(folder: Path) -> list[Path]:
    """Files of a run but its manifest; those inside of runs of its own are not among them."""
    own = [*folder.glob("[!.]*"), *(folder / _SHARDS).glob("[!.]*")]
    return sorted(path for path in own if path.is_file() and path != folder / MANIFEST)


def _compare(folder: Path, found: Manifest, wanted: Manifest) -> None:
    there = {"version": found.version, **found.about}
    expected = {"version": wanted.version, **plain_json(wanted.about)}
    for name in dict.fromkeys([*expected, *there]):
        if there.get(name) != expected.get(name):
            values = f" is {_short(there.get(name))}, not {_short(expected.get(name))}"
            raise UsageError(
                f"{folder} holds a run of other settings ({name.replace('_', ' ')}{values}): "
                "name another folder, or give --overwrite"
            )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
