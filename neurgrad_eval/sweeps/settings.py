"""What a sweep over many prompts is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mceval8k.errors import UsageError
from neurgrad_eval.neurons import from_flat
from neurgrad_eval.result import Sign, Space
from neurgrad_eval.sweeps.grid import RANGE, STEP, shift_grid
from neurgrad_eval.sweeps.prompts import PromptRow
from neurgrad_eval.sweeps.result import Neuron


@dataclass(frozen=True)
class SweepSettings:
    """Settings of one sweep; values that cannot be used raise UsageError."""

    neurons: int = 100
    """Neurons per prompt, drawn anew for each."""
    shift_range: float = RANGE
    """Largest shift."""
    step: float = STEP
    space: Space = "hidden"
    sign: Sign = "magnitude"
    seed: int = 0
    """Decides the neurons."""

    def __post_init__(self) -> None:
        shift_grid(self.shift_range, self.step)
        if self.neurons < 1:
            raise UsageError(f"number of neurons {self.neurons}: at least 1 is needed")
        if self.seed < 0:
            raise UsageError(f"seed {self.seed} is negative")

    @property
    def grid(self) -> tuple[float, ...]:
        """Shifts, ascending."""
        return shift_grid(self.shift_range, self.step)


def check_count(widths: tuple[int, ...], count: int) -> None:
    """Raise UsageError if the model has fewer neurons than are to be drawn."""
    if count > (there := sum(widths)):
        raise UsageError(f"{count} neurons are asked; the model has {there}")


def draw_neurons(
    row: PromptRow, widths: tuple[int, ...], count: int, seed: int
) -> tuple[Neuron, ...]:
    """Neurons of one prompt, ascending; they depend on the seed and the row's number alone."""
    there = sum(widths)
    rng = np.random.default_rng([seed, row.number])
    flat = np.sort(rng.choice(there, count, replace=False))
    layers, indices = from_flat(flat, widths)
    return tuple(zip(layers.tolist(), indices.tolist(), strict=True))
