"""Features on disk: safetensors, with a JSON file beside that says of what they are.

Stored features are used again only for exactly what they were computed of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from mceval8k.errors import DataError
from mceval8k.files import sha256, write_text, writing
from neurgrad_eval.features import Features

ARRAYS = "features.safetensors"
SIDECAR = "features.json"
_SAMPLED = 256
_TYPES = {
    "codes": np.uint16,
    "activations": np.float16,
    "probabilities": np.float32,
    "labels": np.int64,
}


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


def save_features(features: Features, folder: Path, provenance: Provenance) -> None:
    """Write features and their sidecar; the sidecar, without which they are none, comes last."""
    arrays = {name: np.ascontiguousarray(getattr(features, name)) for name in _TYPES}
    with writing(folder / ARRAYS) as temporary:
        save_file(arrays, temporary)
    sidecar = {
        "provenance": asdict(provenance),
        "widths": list(features.widths),
        "sha256": sha256(folder / ARRAYS),
    }
    write_text(folder / SIDECAR, json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n")


def has_features(folder: Path) -> bool:
    """Whether a folder holds stored features."""
    return (folder / SIDECAR).is_file()


def load_features(folder: Path, provenance: Provenance) -> Features:
    """Read the features in a folder.

    Raises
    ------
    DataError
        They are of something else (the message says what differs), or damaged.
    """
    sidecar = _read_sidecar(folder / SIDECAR)
    _compare(folder / SIDECAR, sidecar["provenance"], asdict(provenance))
    path = folder / ARRAYS
    if not path.is_file() or sha256(path) != sidecar["sha256"]:
        raise DataError(f"{path}: missing, or its content differs from the hash in {SIDECAR}")
    try:
        arrays = load_file(path)
        checked = {name: arrays[name].astype(kind, copy=False) for name, kind in _TYPES.items()}
        return Features(**checked, widths=tuple(sidecar["widths"]))
    except (SafetensorError, KeyError, ValueError) as error:
        raise DataError(f"{path}: these are no features: {error}") from None


def _read_sidecar(path: Path) -> dict[str, Any]:
    try:
        sidecar = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}") from None
    fields = {"provenance": dict, "widths": list, "sha256": str}
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
