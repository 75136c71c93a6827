"""A sweep's folder: a manifest of the settings, and one shard per prompt (`sweeps.folder`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from neurgrad_eval.result import Sign, Space
from neurgrad_eval.sweeps.folder import MANIFEST, Shards, open_folder
from neurgrad_eval.sweeps.result import Sweep, summarise

__all__ = ["MANIFEST", "Measured", "Store", "open_store"]


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

    shards: Shards
    shifts: tuple[float, ...]
    space: Space
    sign: Sign

    @property
    def folder(self) -> Path:
        """Where all files are written."""
        return self.shards.folder

    def has(self, prompt: int) -> bool:
        """Whether a prompt has been measured."""
        return self.shards.has(prompt)

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
        self.shards.save(measured.prompt, table)

    def load(self, prompt: int) -> Measured:
        """Read a prompt's shard.

        Raises
        ------
        DataError
            The shard is damaged.
        """
        columns = self.shards.load(prompt).to_pydict()
        try:
            sweep = summarise(
                tuple(zip(columns["layer"], columns["index"], strict=True)),
                torch.tensor(self.shifts),
                torch.tensor(np.array(columns["output_shifts"], dtype=np.float32)),
                base=columns["base"][0],
                activations=torch.tensor(columns["activation"]),
                space=self.space,
                sign=self.sign,
            )
        except (KeyError, IndexError, ValueError, RuntimeError) as error:
            raise self.shards.damaged(prompt, error) from None
        return Measured(prompt, sweep, torch.tensor(columns["cg"]))


def open_store(
    folder: Path,
    settings: Mapping[str, Any],
    *,
    shifts: tuple[float, ...],
    space: Space,
    sign: Sign,
) -> Store:
    """Open a folder to write a sweep into, or to go on with one; see `folder.open_folder`."""
    return Store(open_folder(folder, "neurgrad sweep", settings), shifts, space, sign)
