"""What an estimator is given and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from neurgrad_eval.result import Space
from neurgrad_eval.sweeps.question import Question
from neurgrad_eval.sweeps.result import Neuron


@dataclass(frozen=True)
class Case:
    """Neurons of one prompt whose empirical gradients are to be estimated."""

    question: Question
    neurons: tuple[Neuron, ...]
    shifts: tuple[float, ...]
    """Grid of the measurement that is estimated, symmetric around 0."""
    space: Space


class Estimator(Protocol):
    """An estimate of the neuron empirical gradient."""

    @property
    def name(self) -> str:
        """Name for tables."""

    @property
    def is_slope(self) -> bool:
        """Whether it is in probability per activation unit, so that its error means something."""

    @property
    def follows_sign(self) -> bool:
        """Whether it is a slope over plain shifts that is turned into the shift's convention.

        On a symmetric grid a magnitude shift Δ·sign(a) takes the same points in the other order
        where a is below 0, so that its slope is the plain one times sign(a), exactly.
        """

    def estimate(self, case: Case) -> Tensor:
        """Estimate of each neuron under plain shifts [neuron], float32 on the CPU."""


def pick(layers: Sequence[Tensor], neurons: Sequence[Neuron]) -> Tensor:
    """Values of some neurons, from one tensor [..., neuron] per layer: [neuron, ...]."""
    return torch.stack([layers[layer][..., index] for layer, index in neurons])
