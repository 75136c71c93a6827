"""One prompt: sets of neurons shifted along and against their polarity, and what was predicted.

1. One backward pass gives every neuron's NeurGrad and activation.
2. The neurons of each selection are put in an order; a set of N neurons is its first N. The slopes
   of the first ones are measured by a sweep.
3. Every set, direction and size of shift is one packed copy of the last token.

A neuron is shifted along its polarity if the slope that predicts it is above 0 times the shift:
under either sign convention the activation moves in the same direction, save that a `magnitude`
shift cannot move a silent neuron.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neurgrad_eval.control.settings import ControlSettings, Selection
from neurgrad_eval.neurons import from_flat
from neurgrad_eval.result import Sign
from neurgrad_eval.sweeps.joint import COPIES, NOTHING, JointShift, shift_jointly
from neurgrad_eval.sweeps.measure import sweep_question
from neurgrad_eval.sweeps.question import Question

Floats = npt.NDArray[np.float64]
DIRECTIONS = (1, -1)
"""Along polarity, and against it."""


@dataclass(frozen=True)
class Controlled:
    """Joint shifts of one prompt; arrays are [selection, number, direction, shift].

    Attributes
    ----------
    prompt : int
        Row of the prompt in its file.
    base : float
        Probability of the answer with nothing shifted.
    measured : float64
        Change of the answer's probability.
    by_neurgrad : float64
        Predicted change: Σ NeurGrad·Δ over the neurons of the set.
    by_neg : float64
        The same with measured slopes; NaN for sets whose slopes were not measured.
    """

    prompt: int
    base: float
    measured: Floats
    by_neurgrad: Floats
    by_neg: Floats


def control_question(
    question: Question, number: int, settings: ControlSettings, *, copies: int = COPIES
) -> Controlled:
    """Shift sets of neurons of a prompt and predict what each does.

    Parameters
    ----------
    question
        The prompt and its answer.
    number
        The prompt's id, which decides its random neurons together with the seed.
    settings
        What is shifted, and how far.
    copies
        Interventions per forward pass.

    Raises
    ------
    UsageError
        The model has fewer neurons than a set has, or no such space.
    """
    found = question.gradients(settings.space)
    neurgrad = _flat(found.neurgrad(settings.sign))
    direction = _direction(_flat(found.activations), settings.sign)
    jobs, predicted = [NOTHING], []
    for selection in settings.selections:
        order = choose(selection, neurgrad, number, settings)
        slopes = neurgrad[order]
        neg = measured_slopes(question, order[: settings.swept], settings)
        for size in settings.numbers:
            known = neg[:size] if size <= len(neg) else None
            towards = np.sign(slopes[:size] if known is None else known)
            moved = towards * direction[order[:size]]
            estimate = float(towards @ slopes[:size])
            exact = float("nan") if known is None else float(towards @ known)
            for way in DIRECTIONS:
                for shift in settings.shifts:
                    amounts = way * shift * moved
                    jobs.append(JointShift.of(order[:size], amounts, question.model.widths))
                    predicted.append((way * shift * estimate, way * shift * exact))
    logs = shift_jointly(question, jobs, space=settings.space, copies=copies)[:, 0]
    probabilities = np.exp(logs)
    counts = (settings.selections, settings.numbers, DIRECTIONS, settings.shifts)
    shape = tuple(map(len, counts))
    by_neurgrad, by_neg = np.array(predicted).T.reshape(2, *shape)
    base = float(probabilities[0])
    return Controlled(number, base, (probabilities[1:] - base).reshape(shape), by_neurgrad, by_neg)


def choose(
    selection: Selection, neurgrad: Floats, number: int, settings: ControlSettings
) -> npt.NDArray[np.int64]:
    """Flat numbers of the neurons of the largest set, in the order in which sets take them."""
    most = max(settings.numbers)
    if selection == "top":
        return np.argsort(-np.abs(neurgrad), kind="stable")[:most]
    rng = np.random.default_rng([settings.seed, number])
    return rng.permutation(len(neurgrad))[:most]


def measured_slopes(
    question: Question, order: npt.NDArray[np.int64], settings: ControlSettings
) -> Floats:
    """NEG of some neurons, each shifted alone over the paper's grid [neuron]."""
    if not len(order):
        return np.zeros(0)
    layers, indices = from_flat(order, question.model.widths)
    neurons = list(zip(layers.tolist(), indices.tolist(), strict=True))
    found = sweep_question(question, neurons, space=settings.space, sign=settings.sign)
    return np.asarray(found.neg.double().numpy())


def _direction(activations: Floats, sign: Sign) -> Floats:
    """How an activation moves for a shift of 1 [neuron]."""
    return np.sign(activations) if sign == "magnitude" else np.ones_like(activations)


def _flat(layers: tuple[Tensor, ...]) -> Floats:
    """Values of all neurons of one prompt and answer, layer after layer."""
    return np.asarray(torch.cat([layer.reshape(-1) for layer in layers]).double().numpy())
