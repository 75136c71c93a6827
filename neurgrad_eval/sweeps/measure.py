"""A sweep: every neuron shifted alone by every shift, several hundred shifts per forward pass.

1. The prompt runs once up to its last token (`question.ask`).
2. The last token runs once with nothing shifted: the neurons' activations, the gates, the base.
3. Copies of the last token run side by side, each with one neuron shifted by one Δ; no copy sees
   another, so each is one intervention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mceval8k.errors import UsageError
from neurgrad_eval.gradients import check_space
from neurgrad_eval.intervention import Readings
from neurgrad_eval.result import Sign, Space
from neurgrad_eval.sweeps.grid import check_shifts, shift_grid
from neurgrad_eval.sweeps.joint import COPIES, JointShift, spread_jointly
from neurgrad_eval.sweeps.question import Question, ask
from neurgrad_eval.sweeps.result import Neuron, Sweep, summarise

if TYPE_CHECKING:
    from neurgrad_eval.model import NeuronModel


@dataclass(frozen=True)
class Resting:
    """Neurons of a prompt with nothing shifted, float32."""

    base: float
    """Probability of the answer."""
    activations: Tensor
    """In the space asked for [neuron]."""
    factors: Tensor
    """How far h moves when the neuron moves by 1: 1 in `hidden`, act(gate) in `up` [neuron]."""


def sweep(
    model: NeuronModel,
    prompt: str,
    answer: str,
    *,
    neurons: Sequence[Neuron],
    shifts: Sequence[float] | None = None,
    space: Space = "hidden",
    sign: Sign = "magnitude",
    copies: int = COPIES,
) -> Sweep:
    """Measure how the answer's probability answers to shifts of single neurons (paper section 3).

    Parameters
    ----------
    model
        The model that is asked.
    prompt, answer
        A text, and its literal continuation by one token (`" Paris"`).
    neurons
        Layer and index of each neuron.
    shifts
        Δ, in activation units, 0 left out; -2 to 2 by 0.2 if not given.
    space
        Which vector's coordinates the neurons are.
    sign
        `"magnitude"`: a shift moves a neuron by Δ·sign(a); `"signed"`: by Δ.
    copies
        Interventions per forward pass.

    Raises
    ------
    UsageError
        A neuron does not exist, a shift is 0, the model has no such space, or the answer is not
        one token.
    DataError
        The prompt is empty, or longer than the model's context.
    """
    check_space(model.sites, space)
    check_neurons(model.widths, neurons)
    return sweep_question(
        ask(model, prompt, answer), neurons, shifts, space=space, sign=sign, copies=copies
    )


def sweep_prompts(
    model: NeuronModel,
    questions: Iterable[tuple[str, str, Sequence[Neuron]]],
    *,
    shifts: Sequence[float] | None = None,
    space: Space = "hidden",
    sign: Sign = "magnitude",
    copies: int = COPIES,
) -> Iterator[Sweep]:
    """Yield the sweep of each (prompt, answer, neurons), one at a time; see `sweep`."""
    for prompt, answer, neurons in questions:
        yield sweep(
            model,
            prompt,
            answer,
            neurons=neurons,
            shifts=shifts,
            space=space,
            sign=sign,
            copies=copies,
        )


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
    if sign not in ("magnitude", "signed"):
        raise UsageError(f"sign {sign!r} is neither 'magnitude' nor 'signed'")
    rest = at_rest(question, neurons, space)
    deltas = torch.tensor(grid)
    moved = deltas * rest.factors[:, None]
    if sign == "magnitude":
        moved = moved * rest.activations.sign()[:, None]
    shifted = shift_each(question, neurons, moved, copies=copies)
    return summarise(
        neurons,
        deltas,
        shifted - rest.base,
        base=rest.base,
        activations=rest.activations,
        space=space,
        sign=sign,
    )


def at_rest(question: Question, neurons: Sequence[Neuron], space: Space) -> Resting:
    """Read the last token with nothing shifted."""
    zeros = [question.zeros(layer) for layer in range(len(question.model.sites))]
    probability, readings = question.read(zeros, 1)
    activations, factors = _values(readings, neurons, space)
    return Resting(float(probability[0]), activations, factors)


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
    if copies < 1:
        raise UsageError(f"{copies} copies per pass: at least 1 is needed")
    shifts = moved.shape[1]
    jobs = [(*neuron, shift) for neuron, row in zip(neurons, moved, strict=True) for shift in row]
    found = []
    for start in range(0, len(jobs), copies):
        chunk = jobs[start : start + copies]
        deltas = spread(question, chunk)
        found.append(question.read(deltas, len(chunk))[0].cpu())
    return torch.cat(found).reshape(len(neurons), shifts)


def spread(question: Question, jobs: Sequence[tuple[int, int, Tensor]]) -> list[Tensor]:
    """Tensors to add, per layer: copy c moves the neuron of job c, and no other."""
    return spread_jointly(
        question, [JointShift.single(layer, index, float(shift)) for layer, index, shift in jobs]
    )


def _values(readings: Readings, neurons: Sequence[Neuron], space: Space) -> tuple[Tensor, Tensor]:
    source = readings.hidden if space == "hidden" else readings.up
    activations = torch.stack([source[layer][0, 0, index] for layer, index in neurons])
    if space == "hidden":
        factors = torch.ones_like(activations)
    else:
        factors = torch.stack([readings.gate[layer][0, 0, index] for layer, index in neurons])
    return activations.float().cpu(), factors.float().cpu()


def check_neurons(widths: Sequence[int], neurons: Sequence[Neuron]) -> None:
    """Raise UsageError for neurons that the model does not have; the message names the first."""
    if not neurons:
        raise UsageError("no neuron is given")
    for layer, index in neurons:
        if not 0 <= layer < len(widths):
            raise UsageError(f"neuron ({layer}, {index}): the layers are 0 to {len(widths) - 1}")
        if not 0 <= index < widths[layer]:
            last = widths[layer] - 1
            raise UsageError(f"neuron ({layer}, {index}): layer {layer} has neurons 0 to {last}")
