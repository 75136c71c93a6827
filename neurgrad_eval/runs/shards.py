"""Shards: what each unit gave, in a file that is written whole and can tell whose it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.errors import DataError
from mceval8k.files import writing
from neurgrad_eval.runs.rows import Arrays, Tables, pack, unpack

_OWNER = b"owner"
_KINDS = (".parquet", ".safetensors")


class Shards(Protocol):
    """Where measurements are kept."""

    def has(self, name: str) -> bool:
        """Whether a unit has been measured."""

    def save(self, name: str, content: Tables | Arrays) -> None:
        """Keep what a unit gave."""

    def load(self, name: str) -> Tables | Arrays:
        """Return what a unit gave; DataError if it is damaged or of another run."""


@dataclass(frozen=True)
class MemoryShards:
    """Measurements that are forgotten with the process."""

    kept: dict[str, Tables | Arrays] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether a unit has been measured."""
        return name in self.kept

    def save(self, name: str, content: Tables | Arrays) -> None:
        """Keep what a unit gave."""
        self.kept[name] = content

    def load(self, name: str) -> Tables | Arrays:
        """Return what a unit gave."""
        return self.kept[name]


@dataclass(frozen=True)
class FolderShards:
    """Measurements as files, `<unit>.parquet` for rows and `<unit>.safetensors` for arrays."""

    folder: Path
    owner: str
    """Digest of what they are of."""

    def has(self, name: str) -> bool:
        """Whether a unit has been measured."""
        return any((self.folder / f"{name}{kind}").is_file() for kind in _KINDS)

    def save(self, name: str, content: Tables | Arrays) -> None:
        """Write what a unit gave, under a temporary name first."""
        if content and all(isinstance(value, np.ndarray) for value in content.values()):
            with writing(self.folder / f"{name}.safetensors") as temporary:
                _write_arrays(temporary, content, self.owner)
            return
        packed = pack(content).replace_schema_metadata({_OWNER: self.owner.encode()})
        with writing(self.folder / f"{name}.parquet") as temporary:
            pq.write_table(packed, temporary, write_page_checksum=True)

    def load(self, name: str) -> Tables | Arrays:
        """Read what a unit gave.

        Raises
        ------
        DataError
            The file is missing, damaged, or of another run.
        """
        for kind, reader in zip(_KINDS, (_read_tables, _read_arrays), strict=True):
            path = self.folder / f"{name}{kind}"
            if path.is_file():
                return reader(path, self.owner)
        raise DataError(f"{self.folder / name}: what was measured is missing")


def _read_tables(path: Path, owner: str) -> Tables:
    try:
        packed = pq.read_table(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _damaged(path, error) from None
    _check_owner(path, (packed.schema.metadata or {}).get(_OWNER, b"").decode(), owner)
    return unpack(packed)


def _write_arrays(path: Path, arrays: Arrays, owner: str) -> None:
    from safetensors.numpy import save_file

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    # One entry: several are written in an order that differs from process to process.
    about = json.dumps({"owner": owner, "sha256": _digest(whole)})
    save_file(whole, path, {"shard": about})


def _read_arrays(path: Path, owner: str) -> Arrays:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})["shard"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        known, digest = about["owner"], about["sha256"]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged(path, error) from None
    _check_owner(path, known, owner)
    if digest != _digest(arrays):
        raise _damaged(path, "its content differs from its hash")
    return arrays


def _check_owner(path: Path, found: str, owner: str) -> None:
    if found != owner:
        raise DataError(f"{path}: it is of another run")


def _damaged(path: Path, reason: object) -> DataError:
    return DataError(f"{path}: damaged ({reason}); delete it to measure it again")


def _digest(arrays: dict[str, npt.NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].data if arrays[name].size else b"")
    return digest.hexdigest()
