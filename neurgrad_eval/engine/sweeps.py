"""A sweep: every neuron shifted alone by every shift, several hundred shifts per forward pass.

1. The prompt runs once up to its last token (`question.ask`).
2. The last token runs once with nothing shifted: the neurons' activations, the gates, the base.
3. Copies of the last token run side by side, each with one neuron shifted by one Δ; no copy sees
   another, so each is one intervention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import torch
from torch import Tensor

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.engine.answer_gradients import Sign, Space
from neurgrad_eval.engine.dose_response import Sweep
from neurgrad_eval.engine.gradients import check_space
from neurgrad_eval.engine.grid import check_shifts, shift_grid
from neurgrad_eval.engine.intervention import NO_SHIFTS
from neurgrad_eval.engine.joint_shifts import (
    COPIES,
    JointShift,
    direction,
    each_pass,
)
from neurgrad_eval.engine.question import Question, ask
from neurgrad_eval.models.precision import SHORT
from neurgrad_eval.neurons import Neuron, as_neurons, check_neurons

if TYPE_CHECKING:
    from neurgrad_eval.neuron_model import NeuronModel


@dataclass(frozen=True)
class Resting:
    """Neurons of a prompt with nothing shifted, float32 on the CPU."""

    base: float
    """Probability of the answer."""
    activations: Tensor
    """In the requested space [neuron]."""
    factors: Tensor
    """How far h moves when the neuron moves by 1: 1 in `hidden`, act(gate) in `up`; 0 for neurons
    of experts that were not chosen [neuron]."""
    hidden: Tensor
    """h, which is what is moved [neuron]."""


def sweep(
    model: NeuronModel,
    prompt: str,
    answer: str,
    *,
    neurons: Any,
    shifts: Sequence[float] | None = None,
    space: Space = "hidden",
    sign: Sign = "magnitude",
    copies: int = COPIES,
) -> Sweep:
    """Measure how the answer's probability answers to shifts of single neurons (paper section 3).

    Parameters
    ----------
    model
        The model.
    prompt, answer
        A text, and its literal continuation by one token (`" Paris"`).
    neurons
        (layer, neuron) pairs, or a table with those columns.
    shifts
        Δ, in activation units, 0 left out; -2 to 2 by 0.2 if not given.
    space
        Which vector's coordinates the neurons are.
    sign
        `"magnitude"`: a shift moves a neuron by Δ·sign(a); `"signed"`: by Δ; `"paper"`: as
        `"magnitude"`, but a neuron at 0 by -Δ.
    copies
        Interventions per forward pass.

    Raises
    ------
    UsageError
        A neuron does not exist, a shift is 0, the model has no such space, or the answer is not
        one token.
    DataError
        The prompt is empty, or longer than the model's context, or what the model gives for it is
        not finite.
    """
    check_space(model.sites, space)
    chosen = as_neurons(neurons)
    check_neurons(model.widths, chosen)
    found = sweep_question(
        ask(model, prompt, answer), chosen, shifts, space=space, sign=sign, copies=copies
    )
    return replace(found, experts=model.experts)


def sweep_question(
    question: Question,
    neurons: Sequence[Neuron],
    shifts: Sequence[float] | None = None,
    *,
    space: Space = "hidden",
    sign: Sign = "magnitude",
    copies: int = COPIES,
) -> Sweep:
    """Sweep neurons of a prompt that has been run; see `sweep` for the parameters."""
    grid = shift_grid() if shifts is None else tuple(float(shift) for shift in shifts)
    check_shifts(grid)
    if sign not in get_args(Sign):
        raise UsageError(f"sign {sign!r} is none of {', '.join(get_args(Sign))}")
    rest = at_rest(question, neurons, space)
    towards = torch.from_numpy(direction(rest.activations.numpy(), sign))
    deltas = torch.tensor(grid)
    moved = deltas * rest.factors[:, None] * towards[:, None]
    shifted = shift_each(question, neurons, moved, copies=copies)
    return Sweep(
        tuple(neurons),
        deltas,
        torch.where(moved == 0, 0.0, shifted - rest.base),  # rounding is no change
        rest.base,
        rest.activations,
        space,
        sign,
        applied_shifts(rest.hidden, moved, deltas, question.model.arithmetic),
    )


def applied_shifts(hidden: Tensor, moved: Tensor, deltas: Tensor, dtype: torch.dtype) -> Tensor:
    """Δ as it is applied, (h + Δ) − h in the type that is computed in [neuron, shift].

    In float32 it is Δ itself. A neuron that its convention does not move has Δ, too: its slope is
    0, and not unknown.

    Parameters
    ----------
    hidden
        h of each neuron with nothing shifted [neuron].
    moved
        What is added to it [neuron, shift].
    deltas
        Δ [shift].
    dtype
        Type that is computed in.
    """
    requested = deltas.expand_as(moved)
    if dtype not in SHORT:
        return requested
    rest = hidden.to(dtype)[:, None]
    found = ((rest + moved.to(dtype)) - rest).float()
    return torch.where(moved == 0, requested, requested * found / moved)


@torch.no_grad()
def at_rest(question: Question, neurons: Sequence[Neuron], space: Space) -> Resting:
    """Read the last token with nothing shifted."""
    logits, readings = question.logits(NO_SHIFTS, 1)
    base = float(_probability(question, logits)[0])
    if not isfinite(base):
        raise DataError("the model's output is not finite; try another dtype")
    hidden = pick(readings.hidden, neurons)[:, 0, 0]
    if space == "hidden":
        there = pick(readings.there, neurons)[:, 0, 0]
        return Resting(base, hidden, there, hidden)
    up, gate = (pick(values, neurons)[:, 0, 0] for values in (readings.up, readings.gate))
    return Resting(base, up, gate, hidden)


@torch.no_grad()
def shift_each(
    question: Question, neurons: Sequence[Neuron], moved: Tensor, *, copies: int = COPIES
) -> Tensor:
    """Probability of the answer after each single shift.

    Parameters
    ----------
    question
        The prompt and its answer.
    neurons
        Layer and index of each neuron.
    moved
        What is added to the neuron's coordinate of h [neuron, shift].
    copies
        Shifts per forward pass.

    Returns
    -------
    Tensor [neuron, shift]
        Float32 on the CPU.
    """
    passes = each_pass(question, single_shifts(neurons, moved), copies=copies)
    found = [_probability(question, logits).cpu() for logits in passes]
    return torch.cat(found).reshape(moved.shape)


def single_shifts(neurons: Sequence[Neuron], moved: Tensor) -> list[JointShift]:
    """One shift for each value of `moved` [neuron, shift], neuron by neuron."""
    rows = zip(neurons, moved.tolist(), strict=True)
    return [JointShift.single(*neuron, amount) for neuron, row in rows for amount in row]


def pick(layers: Mapping[int, Tensor] | Sequence[Tensor], neurons: Sequence[Neuron]) -> Tensor:
    """Values of some neurons [neuron, ...], float32 on the CPU.

    Parameters
    ----------
    layers
        Per layer [..., neuron].
    neurons
        Layer and index of each neuron.
    """
    places, indices = np.array(neurons).T
    parts = [
        layers[layer][..., indices[places == layer]].movedim(-1, 0).float().cpu()
        for layer in np.unique(places).tolist()
    ]
    order = np.argsort(places, kind="stable")
    return torch.cat(parts)[np.argsort(order)]


def _probability(question: Question, logits: Tensor) -> Tensor:
    """Of the first answer [copy], float32."""
    return (logits[:, question.answers[0]] - logits.logsumexp(-1)).exp()
