"""How far a neuron moves for a shift of 1: orientation, unit and sign convention.

A ranking's orientation o says of which sign a neuron's NeurGrad for the gold answer tended to be on
training prompts, against those for the other answers. NeurGrad belongs to a shift convention: under
`magnitude` it is the slope over moves by Δ·sign(a), under `signed` over moves by Δ. So the move of
which the ranking predicts that it raises the gold answer, whichever that is, is Δ·o·sign(a) under
`magnitude` and Δ·o under `signed`. It takes the item's own activation, but never its label.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from neurgrad_eval.causal.items import AskedItem
from neurgrad_eval.neurons import Indices, from_flat
from neurgrad_eval.result import Sign, Space
from neurgrad_eval.sweeps.measure import at_rest
from neurgrad_eval.sweeps.result import Neuron

Floats = npt.NDArray[np.float64]
Unit = Literal["activation", "sd"]
"""A shift of 1 is 1 in the neuron's own units, or one standard deviation over prompts."""


def as_neurons(flat: Indices, widths: tuple[int, ...]) -> list[Neuron]:
    """Layer and index of neurons given by flat number."""
    layers, indices = from_flat(flat, widths)
    return list(zip(layers.tolist(), indices.tolist(), strict=True))


def activations(item: AskedItem, flat: Indices, space: Space) -> Floats:
    """Activations of an item's neurons with nothing shifted [neuron]."""
    neurons = as_neurons(flat, item.question.model.widths)
    return np.asarray(at_rest(item.question, neurons, space).activations.double().numpy())


def moves(activation: Floats, orientation: Floats, scale: Floats, sign: Sign) -> Floats:
    """What is added to each neuron for a shift of 1 [neuron]."""
    towards = np.sign(activation) if sign == "magnitude" else 1.0
    return np.asarray(orientation * scale * towards)


def deviations(rows: list[Floats]) -> Floats:
    """Standard deviation of each neuron over prompts [neuron]; 0 for one that never moves."""
    return np.asarray(torch.tensor(np.stack(rows)).std(0, unbiased=False).numpy())
