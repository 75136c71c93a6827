"""A sweep's folder: a manifest of the settings, and one shard per prompt, written whole.

A run that was interrupted finds its shards and goes on after them; a run with other settings is
refused. Nothing in the files depends on when or in how many runs they were written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from mceval8k.errors import DataError, UsageError
from mceval8k.files import write_text, writing
from mceval8k.version import __version__
from neurgrad_eval.result import Sign, Space
from neurgrad_eval.sweeps.result import Sweep, summarise

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Measured:
    """A prompt's sweep, with the gradient of each neuron beside it."""

    prompt: int
    """Row of the prompt in its file."""
    sweep: Sweep
    cg: torch.Tensor
    """Computational gradient of the answer's probability [neuron]."""

    @property
    def neurgrad(self) -> torch.Tensor:
        """NeurGrad under the sweep's shift convention [neuron]."""
        signed = self.sweep.sign == "signed"
        return self.cg if signed else self.cg * self.sweep.activations.sign()


@dataclass(frozen=True)
class Store:
    """The folder of one sweep; make one with `open_store`."""

    folder: Path
    shifts: tuple[float, ...]
    space: Space
    sign: Sign

    def has(self, prompt: int) -> bool:
        """Whether a prompt has been measured."""
        return self._path(prompt).is_file()

    def save(self, measured: Measured) -> None:
        """Write a prompt's shard."""
        sweep = measured.sweep
        layers, indices = zip(*sweep.neurons, strict=True)
        table = pa.table(
            {
                "layer": pa.array(layers, pa.int32()),
                "index": pa.array(indices, pa.int32()),
                "base": pa.array([sweep.base] * len(layers), pa.float64()),
                "activation": pa.array(sweep.activations.numpy()),
                "cg": pa.array(measured.cg.numpy()),
                "output_shifts": pa.array(list(sweep.output_shifts.numpy())),
            }
        )
        with writing(self._path(measured.prompt)) as temporary:
            pq.write_table(table, temporary)

    def load(self, prompt: int) -> Measured:
        """Read a prompt's shard.

        Raises
        ------
        DataError
            The shard is damaged.
        """
        path = self._path(prompt)
        try:
            columns = pq.read_table(path).to_pydict()
            sweep = summarise(
                tuple(zip(columns["layer"], columns["index"], strict=True)),
                torch.tensor(self.shifts),
                torch.tensor(np.array(columns["output_shifts"], dtype=np.float32)),
                base=columns["base"][0],
                activations=torch.tensor(columns["activation"]),
                space=self.space,
                sign=self.sign,
            )
        except (pa.ArrowException, KeyError, IndexError, ValueError, RuntimeError) as error:
            raise DataError(f"{path}: {error}; delete it to measure the prompt again") from None
        return Measured(prompt, sweep, torch.tensor(columns["cg"]))

    def _path(self, prompt: int) -> Path:
        return self.folder / "shards" / f"{prompt:06d}.parquet"


def open_store(
    folder: Path,
    settings: Mapping[str, Any],
    *,
    shifts: tuple[float, ...],
    space: Space,
    sign: Sign,
) -> Store:
    """Open a folder to write a sweep into, or to go on with one.

    Raises
    ------
    UsageError
        The folder holds something else, or a sweep with other settings; the message names one.
    """
    path = folder / MANIFEST
    if folder.is_file():
        raise UsageError(f"{folder} is a file: name a folder")
    manifest = {"command": "neurgrad sweep", "version": __version__, "settings": dict(settings)}
    if path.is_file():
        _compare(folder, _read(path), manifest)
    elif folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{folder} exists and is no earlier result of this command: name another")
    else:
        write_text(path, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return Store(folder, shifts, space, sign)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def _compare(folder: Path, found: Any, asked: Mapping[str, Any]) -> None:
    if not isinstance(found, dict) or found.get("command") != asked["command"]:
        raise UsageError(f"{folder} exists and is no earlier result of this command: name another")
    there = {"version": found.get("version"), **found.get("settings", {})}
    for name, value in {"version": asked["version"], **asked["settings"]}.items():
        if there.get(name) != value:
            raise UsageError(
                f"{folder} holds a sweep with other settings ({name.replace('_', ' ')} is "
                f"{there.get(name)}, not {value}): name another folder"
            )
