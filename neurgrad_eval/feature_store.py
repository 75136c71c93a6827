"""Features on disk: shards of safetensors, with a JSON file beside that says of what they are.

Stored features are used again only for exactly what they were computed of. Shards are written as
they are computed, so that a run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mceval8k.errors import DataError
from mceval8k.files import write_text
from neurgrad_eval.feature_shards import SHARD, pack_shard, read_shard, unpack_shard, write_shard
from neurgrad_eval.features import Features, empty_features

SIDECAR = "features.json"
_SHARDS = "shards"
_SAMPLED = 256


@dataclass(frozen=True)
class Provenance:
    """What features were computed of: two that are equal stand for the same features."""

    model: str
    revision: str | None
    weights: str
    """Fingerprint of the weights, which a folder's name does not tell; see `fingerprint`."""
    dtype: str
    space: str
    sign: str
    edition: str
    """SHA-256 of the edition's content."""
    task: str
    pack: str
    """SHA-256 of what shapes the task's prompts."""
    items: tuple[str, ...]
    """Ids of the items, row by row."""
    prompts: str
    """SHA-256 of all prompts and answers, demonstrations included; see `digest_texts`."""

    def digest(self) -> str:
        """SHA-256 (hexadecimal) of all of it."""
        return digest_texts([json.dumps(asdict(self), sort_keys=True)])


def digest_texts(texts: Iterable[str]) -> str:
    """SHA-256 (hexadecimal) of a sequence of texts."""
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def fingerprint(module: torch.nn.Module) -> str:
    """SHA-256 (hexadecimal) of a sample of every weight tensor: quick, and other after training."""
    digest = hashlib.sha256()
    for name, tensor in module.named_parameters():
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        step = max(1, tensor.numel() // _SAMPLED)
        sampled = tensor.detach().flatten()[::step].float().cpu().numpy()
        digest.update(np.ascontiguousarray(sampled).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class FeatureStore:
    """A folder of shards; make one with `open_store`."""

    folder: Path
    owner: str
    """Digest of what the features are of."""
    widths: tuple[int, ...]
    n_shards: int

    def has(self, number: int) -> bool:
        """Whether a shard is there."""
        return self.path(number).is_file()

    def missing(self) -> list[int]:
        """Numbers of the shards that are not there yet."""
        return [number for number in range(self.n_shards) if not self.has(number)]

    def save(self, number: int, rows: Iterable[int], part: Features) -> Features:
        """Write the features of the prompts with these numbers; return them as `load` does."""
        arrays = pack_shard(part, list(rows))
        write_shard(arrays, self.path(number), self.owner)
        return unpack_shard(arrays, self.widths)[1]

    def load(self, number: int) -> tuple[list[int], Features]:
        """Read the numbers of a shard's prompts and their features.

        Raises
        ------
        DataError
            The shard is missing, of something else, or damaged.
        """
        path = self.path(number)
        if not path.is_file():
            raise DataError(f"{path}: missing")
        arrays = read_shard(path, self.owner)
        try:
            return unpack_shard(arrays, self.widths)
        except (KeyError, ValueError, IndexError) as error:
            raise DataError(f"{path}: these are no features: {error}") from None

    def shards(self) -> Iterator[tuple[list[int], Features]]:
        """Read one shard after the other."""
        return map(self.load, range(self.n_shards))

    def path(self, number: int) -> Path:
        """File of a shard."""
        return self.folder / _SHARDS / f"{number:05d}.safetensors"


def open_store(
    folder: Path, provenance: Provenance, *, widths: tuple[int, ...], n_shards: int
) -> FeatureStore:
    """Open a folder to keep features in, or to go on with those that are there.

    Raises
    ------
    DataError
        Those there are of something else (the message says what differs), or damaged.
    """
    if has_features(folder):
        return _known_store(folder, provenance)
    return _new_store(folder, provenance, widths, n_shards)


def save_features(features: Features, folder: Path, provenance: Provenance) -> Features:
    """Write features and their sidecar; return them as they are when they are loaded.

    Codes and probabilities are kept as they are; activations are rounded (`neurgrad_eval.compact`).
    """
    numbers = np.arange(len(features.labels))
    parts = [numbers[at : at + SHARD] for at in range(0, len(numbers), SHARD)]
    store = _new_store(folder, provenance, features.widths, len(parts))
    kept = [store.save(i, rows.tolist(), features.take(rows)) for i, rows in enumerate(parts)]
    return join_parts(zip((part.tolist() for part in parts), kept, strict=True), len(numbers))


def join_parts(parts: Iterable[tuple[list[int], Features]], n_prompts: int) -> Features:
    """Join the features of prompts with these numbers, holding one part at a time beside them."""
    whole: Features | None = None
    for rows, part in parts:
        if whole is None:
            whole = empty_features([0] * n_prompts, part.n_answers, part.widths)
        for name in ("codes", "activations", "probabilities", "labels"):
            getattr(whole, name)[rows] = getattr(part, name)
    if whole is None:
        raise ValueError("there are no parts")
    return whole


def has_features(folder: Path) -> bool:
    """Whether a folder holds stored features, all or some of them."""
    return (folder / SIDECAR).is_file()


def load_features(folder: Path, provenance: Provenance) -> Features:
    """Read the features in a folder.

    Raises
    ------
    DataError
        They are of something else (the message says what differs), incomplete, or damaged.
    """
    return join_parts(_known_store(folder, provenance).shards(), len(provenance.items))


def _new_store(
    folder: Path, provenance: Provenance, widths: tuple[int, ...], n_shards: int
) -> FeatureStore:
    sidecar = {"provenance": asdict(provenance), "widths": list(widths), "shards": n_shards}
    write_text(folder / SIDECAR, json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n")
    return FeatureStore(folder, provenance.digest(), widths, n_shards)


def _known_store(folder: Path, provenance: Provenance) -> FeatureStore:
    sidecar = _read_sidecar(folder / SIDECAR)
    _compare(folder / SIDECAR, sidecar["provenance"], asdict(provenance))
    widths = tuple(int(width) for width in sidecar["widths"])
    return FeatureStore(folder, provenance.digest(), widths, sidecar["shards"])


def _read_sidecar(path: Path) -> dict[str, Any]:
    try:
        sidecar = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}") from None
    fields = {"provenance": dict, "widths": list, "shards": int}
    for name, kind in fields.items():
        if not isinstance(sidecar, dict) or not isinstance(sidecar.get(name), kind):
            raise DataError(f"{path}: field {name!r} is missing")
    return dict(sidecar)


def _compare(path: Path, found: dict[str, Any], asked: dict[str, Any]) -> None:
    for name, value in asked.items():
        wanted = list(value) if isinstance(value, tuple) else value
        if found.get(name) != wanted:
            values = f": {found.get(name)!r}, not {value!r}" if _is_short(value) else ""
            raise DataError(f"{path}: these features are of another run: {name} differs{values}")


def _is_short(value: Any) -> bool:
    return value is None or (isinstance(value, str) and len(value) < 64)
