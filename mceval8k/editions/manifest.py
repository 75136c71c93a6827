"""The manifest of an edition in our layout: where it comes from and what its files hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

import jsonschema

from mceval8k.errors import DataError
from mceval8k.json_text import read_json

MANIFEST = "manifest.json"

_SCHEMA = {
    "type": "object",
    "required": ["edition", "version", "seed", "sources", "tasks", "files"],
    "properties": {
        "edition": {"type": "string"},
        "version": {"type": "string"},
        "seed": {"type": "integer"},
        "sources": {"type": "object", "additionalProperties": {"type": "string"}},
        "tasks": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["train", "validation", "test"],
                "additionalProperties": {"type": "integer", "minimum": 0},
            },
        },
        "files": {
            "type": "object",
            "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
    },
}


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says."""

    edition: str
    """Kind of edition: samples, full or clean."""
    version: str
    """Version of the package that built it."""
    seed: int
    sources: Mapping[str, str]
    """Revision or content hash of each source, by its id."""
    tasks: Mapping[str, Mapping[str, int]]
    """Rows by task and split."""
    files: Mapping[str, str]
    """SHA-256 by path (relative, with slashes)."""

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, indented, newline at the end."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Read and check a folder's manifest.

    Raises
    ------
    DataError
        It is no JSON, lacks a field, or names a path outside the folder.
    """
    path = folder / MANIFEST
    try:
        jsonschema.validate(content := read_json(path), _SCHEMA)
    except jsonschema.ValidationError as error:
        raise DataError(f"{path}: {error.json_path}: {error.message}") from None
    for name in content["files"]:
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts or "\\" in name:
            raise DataError(f"{path}: files: {name!r} leads out of the folder")
    fields = Manifest.__dataclass_fields__
    return Manifest(**{name: content[name] for name in fields})
