"""Folders of properties: every number as parquet and CSV, the whole as JSON, and a page."""

from __future__ import annotations

import csv
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.errors import UsageError
from mceval8k.files import sha256, write_text, writing
from mceval8k.version import __version__
from neurgrad_eval.properties.pages import property_sections
from neurgrad_eval.properties.tables import Row, plain, tidy, uniform
from neurgrad_eval.report.document import render_document
from neurgrad_eval.report.runs import PROPERTY

MANIFEST = "manifest.json"
PAGE = "index.html"
CONDITIONS = "conditions"
"""Folder of the runs that generality is computed from."""
_LIBRARIES = ("numpy", "scikit-learn", "scipy")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Entry:
    """A property of one run, or of the runs that are compared."""

    name: str
    about: Mapping[str, Any]
    """Model, edition, task and settings of the run."""
    result: Any
    """Result object of the property."""


def check_folder(folder: Path) -> None:
    """Raise UsageError for a folder that holds something else, before anything is computed."""
    if folder.is_file():
        raise UsageError(f"{folder} is a file: name a folder")
    there = folder.is_dir() and any(folder.iterdir())
    if there and not (folder / MANIFEST).is_file() and not (folder / CONDITIONS).is_dir():
        raise UsageError(f"{folder} exists and is no earlier result of this command: name another")
    if (folder / MANIFEST).is_file() and not (folder / PROPERTY).is_file():
        raise UsageError(f"{folder} holds a run of another command: name another folder")


def write_property(
    name: str, entries: Sequence[Entry], settings: Any, folder: Path, *, command: str
) -> dict[str, Any]:
    """Write a property and return what its JSON file holds.

    `property.json` holds everything, each table is a parquet and a CSV file, `index.html` is the
    page, and `manifest.json`, written last, has settings, versions and the hash of every file.

    Parameters
    ----------
    name
        Of the property.
    entries
        Its results.
    settings
        Dataclass of the settings.
    folder
        Where to write.
    command
        What was typed, for the record.
    """
    content = {
        "property": name,
        "command": command,
        "settings": plain(asdict(settings)),
        "entries": [plain(entry) for entry in entries],
    }
    # What a reader of the folder will see is made of the very text that is stored.
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    page = render_document(
        title=f"Skill neurons: {name}",
        lead="Computed from the features that neurgrad probe stored of each run.",
        sections=property_sections(json.loads(text)),
    )
    (folder / MANIFEST).unlink(missing_ok=True)
    write_text(folder / PROPERTY, text)
    written = [folder / PROPERTY, *_write_tables(content["entries"], folder)]
    write_text(folder / PAGE, page)
    written.append(folder / PAGE)
    manifest = {
        "command": f"neurgrad {name}",
        "typed": command,
        "version": __version__,
        "settings": content["settings"],
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in _LIBRARIES},
        },
        "files": {path.name: sha256(path) for path in sorted(written)},
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return content


def _write_tables(entries: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    tables: dict[str, list[Row]] = {}
    for entry in entries:
        leading = {
            "run": entry["name"],
            "model": str(entry["about"].get("model", "")),
            "task": str(entry["about"].get("task", "")),
        }
        for name, rows in tidy(entry["result"], leading).items():
            tables.setdefault(name, []).extend(rows)
    written = []
    for name, found in tables.items():
        rows = uniform(found)
        with writing(folder / f"{name}.parquet") as temporary:
            pq.write_table(pa.Table.from_pylist(rows), temporary)
        with (
            writing(folder / f"{name}.csv") as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows[0])
            writer.writerows([_cell(value) for value in row.values()] for row in rows)
        written += [folder / f"{name}.parquet", folder / f"{name}.csv"]
    return written


def _cell(value: Any) -> Any:
    """Return a cell of a CSV file; a text that a spreadsheet would run is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value
