"""A shard: the features of some prompts in one safetensors file that can tell it is whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from mceval8k.errors import DataError
from mceval8k.files import writing
from neurgrad_eval.compact import (
    PackedActivations,
    PackedCodes,
    pack_activations,
    pack_codes,
    unpack_activations,
    unpack_codes,
)
from neurgrad_eval.features import Features

SHARD = 256
"""Prompts in a shard, at most: what an interrupted run loses."""

Arrays = dict[str, npt.NDArray[Any]]


def pack_shard(part: Features, rows: Sequence[int]) -> Arrays:
    """Features of the prompts with these numbers, as the arrays of a file."""
    codes, activations = pack_codes(part.codes), pack_activations(part.activations)
    return {
        **vars(codes),
        **vars(activations),
        "probabilities": part.probabilities,
        "labels": part.labels,
        "rows": np.asarray(rows, dtype=np.int64),
    }


def unpack_shard(arrays: Mapping[str, Any], widths: tuple[int, ...]) -> tuple[list[int], Features]:
    """Numbers of the prompts and their features; KeyError or ValueError where these are none."""
    codes = PackedCodes(**{name: arrays[name] for name in PackedCodes.__dataclass_fields__})
    steps = {name: arrays[name] for name in PackedActivations.__dataclass_fields__}
    part = Features(
        codes=unpack_codes(codes, sum(widths)),
        activations=unpack_activations(PackedActivations(**steps)),
        probabilities=arrays["probabilities"],
        labels=arrays["labels"],
        widths=widths,
    )
    return arrays["rows"].tolist(), part


def write_shard(arrays: Arrays, path: Path, owner: str) -> None:
    """Write a shard with the digest of what it is of (`owner`) and of its content."""
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with writing(path) as temporary:
        save_file(whole, temporary, {"owner": owner, "sha256": _digest(whole)})


def read_shard(path: Path, owner: str) -> Arrays:
    """Read a shard.

    Raises
    ------
    DataError
        It is of something else, or damaged.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path}: these are no features: {error}") from None
    if about.get("owner") != owner:
        raise DataError(f"{path}: these features are of another run")
    if about.get("sha256") != _digest(arrays):
        raise DataError(f"{path}: damaged: its content differs from its hash")
    return arrays


def _digest(arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].data if arrays[name].size else b"")
    return digest.hexdigest()
