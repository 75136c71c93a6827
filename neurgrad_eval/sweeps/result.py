"""What a sweep returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from neurgrad_eval.result import Sign, Space
from neurgrad_eval.sweeps import fit

Neuron = tuple[int, int]
"""Layer, and index within the layer."""


@dataclass(frozen=True)
class Sweep:
    """One prompt's neurons, each shifted alone by every shift; tensors on the CPU.

    Attributes
    ----------
    neurons : tuple of (layer, index)
        What was shifted.
    shifts : Tensor [shift]
        Δ, in activation units.
    output_shifts : Tensor [neuron, shift]
        Change of the answer's probability.
    base : float
        Probability of the answer with nothing shifted.
    activations : Tensor [neuron]
        The neurons' activations a where the answer is predicted.
    neg : Tensor [neuron]
        Neuron empirical gradient: slope of the least-squares line through the origin, in
        probability per activation unit (paper section 3).
    linearity : Tensor [neuron]
        Pearson correlation of the same points; NaN where the output does not change.
    polarity : Tensor [neuron]
        Sign of the slope: -1, 0 or 1.
    linear_range : Tensor [neuron]
        Largest symmetric range within which |r| is at least 0.95; 0 where none is.
    space, sign
        Whose coordinates the neurons are, and how a shift moves them.
    """

    neurons: tuple[Neuron, ...]
    shifts: Tensor
    output_shifts: Tensor
    base: float
    activations: Tensor
    neg: Tensor
    linearity: Tensor
    polarity: Tensor
    linear_range: Tensor
    space: Space
    sign: Sign


def summarise(
    neurons: Sequence[Neuron],
    shifts: Tensor,
    output_shifts: Tensor,
    *,
    base: float,
    activations: Tensor,
    space: Space,
    sign: Sign,
) -> Sweep:
    """Fit the points of every neuron; see `Sweep` for the parameters."""
    neg = fit.slope(shifts, output_shifts)
    return Sweep(
        neurons=tuple(neurons),
        shifts=shifts,
        output_shifts=output_shifts,
        base=base,
        activations=activations,
        neg=neg,
        linearity=fit.linearity(shifts, output_shifts),
        polarity=neg.sign(),
        linear_range=fit.linear_range(shifts, output_shifts),
        space=space,
        sign=sign,
    )
