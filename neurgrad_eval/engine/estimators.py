"""Estimates of neuron empirical gradients, behind one shape: neurons of a prompt in, values out.

| estimator | what it is | copies of the last token |
|---|---|---|
| CG | ∂p/∂a, whatever the shift convention | 1, differentiated |
| IG | a·∫∂p(αa)/∂a dα over α from 0 to 1, the other neurons as they are | `STEPS` per neuron |
| act × grad | a·∂p/∂a, the first-order effect of setting a neuron to 0 | 1, differentiated |
| LPI | log p less log p with the neuron at 0, by intervention | 1 per neuron |
| NeurGrad | ∂p/∂a in the shift's own direction (paper section 3) | 1, differentiated |
| sweep | the measurement itself, by which the others are judged | 1 per neuron and shift |

Sources: Sundararajan et al. 2017 (integrated gradients); Yu and Ananiadou 2024 (log-probability
increase; theirs reads through the logit lens, while here later layers answer to the change).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from neurgrad_eval.engine.answer_gradients import Space
from neurgrad_eval.engine.joint_shifts import COPIES, JointShift, spread
from neurgrad_eval.engine.question import Question
from neurgrad_eval.engine.sweeps import at_rest, pick, shift_each, single_shifts, sweep_question
from neurgrad_eval.neurons import Neuron

STEPS = 5
"""Points of integrated gradients' midpoint rule."""
_DIFFERENTIATED = 64  # copies per backward pass, which keeps every layer's values


@dataclass(frozen=True)
class Case:
    """Neurons of one prompt whose empirical gradients are to be estimated."""

    question: Question
    neurons: tuple[Neuron, ...]
    shifts: tuple[float, ...]
    """Grid of the measurement that is estimated, symmetric around 0."""
    space: Space
    copies: int = COPIES
    """Copies of the last token per forward pass, at most."""


@dataclass(frozen=True)
class Cost:
    """Copies of the last token that are run for one prompt, once the prompt has been run."""

    forwards: int
    backwards: int = 0


@dataclass(frozen=True)
class Estimator:
    """An estimate of the neuron empirical gradient."""

    name: str
    estimate: Callable[[Case], Tensor]
    """Value of each neuron under plain shifts [neuron], float32 on the CPU."""
    cost: Callable[[int, int], Cost]
    """Of so many neurons and shifts."""
    is_slope: bool
    """Whether it is in probability per activation unit, so that its error means something."""
    follows_sign: bool
    """Whether it is a slope over plain shifts that is turned into the shift's convention.

    On a symmetric grid a magnitude shift Δ·sign(a) takes the same points in the other order where a
    is below 0, so that its slope is the plain one times sign(a), exactly.
    """


def gradient(case: Case) -> Tensor:
    """∂p/∂a of each neuron [neuron]."""
    return pick(case.question.gradients(case.space).gradients, case.neurons)[:, 0, 0]


def activation_gradient(case: Case) -> Tensor:
    """a·∂p/∂a of each neuron, in probability [neuron]."""
    found = case.question.gradients(case.space)
    activations = pick(found.activations, case.neurons)[:, 0]
    return activations * pick(found.gradients, case.neurons)[:, 0, 0]


def integrated_gradients(case: Case, steps: int = STEPS) -> Tensor:
    """Attribution of each neuron along a path of its own, in probability [neuron]."""
    rest = at_rest(case.question, case.neurons, case.space)
    alphas = (torch.arange(steps) + 0.5) / steps
    hidden = rest.activations * rest.factors
    jobs = single_shifts(case.neurons, hidden[:, None] * (alphas - 1))
    size = min(case.copies, _DIFFERENTIATED)
    chunks = (jobs[start : start + size] for start in range(0, len(jobs), size))
    gradients = torch.cat([_differentiate(case.question, chunk) for chunk in chunks])
    # In `up`, ∂p/∂u·u is ∂p/∂h·act(gate)·u: the same attribution.
    return hidden * gradients.reshape(len(case.neurons), steps).mean(1)


def log_probability_increase(case: Case) -> Tensor:
    """How much of log p each neuron adds, in nats [neuron]."""
    rest = at_rest(case.question, case.neurons, case.space)
    # At 0 in either space, h is 0: h = act(gate)·up.
    removed = -(rest.activations * rest.factors)[:, None]
    without = shift_each(case.question, case.neurons, removed, copies=case.copies)[:, 0]
    added = torch.tensor(rest.base).log() - without.log()
    return torch.where(removed[:, 0] == 0, 0.0, added)  # rounding is no change


def measured_slope(case: Case) -> Tensor:
    """Slope of each neuron over the grid [neuron]."""
    found = sweep_question(
        case.question,
        case.neurons,
        case.shifts,
        space=case.space,
        sign="signed",
        copies=case.copies,
    )
    return found.neg.float()


def _differentiate(question: Question, jobs: list[JointShift]) -> Tensor:
    """∂p/∂h of each job's neuron where the job has moved it [job]; no copy sees another."""
    places = [(int(job.layers[0]), int(job.indices[0])) for job in jobs]
    with torch.enable_grad():
        logits, readings = question.logits(spread(jobs), len(jobs), differentiate=True)
        total = logits.softmax(-1)[:, question.answers[0]].sum()
        slopes = torch.autograd.grad(total, readings.leaves)
    own = torch.zeros(len(jobs))
    for number, values in enumerate(readings.by_layer(slopes)):
        for copy, (layer, index) in enumerate(places):
            if layer == number:
                own[copy] = values[0, copy, index]
    return own


def _one_pass(_neurons: int, _shifts: int) -> Cost:
    return Cost(1, 1)


def _each_removed(neurons: int, _shifts: int) -> Cost:
    return Cost(1 + neurons)


def _along_path(neurons: int, _shifts: int) -> Cost:
    return Cost(1 + STEPS * neurons, STEPS * neurons)


def _each_shifted(neurons: int, shifts: int) -> Cost:
    return Cost(1 + neurons * shifts)


ESTIMATORS = (
    Estimator("CG", gradient, _one_pass, is_slope=True, follows_sign=False),
    Estimator("IG", integrated_gradients, _along_path, is_slope=False, follows_sign=False),
    Estimator("act × grad", activation_gradient, _one_pass, is_slope=False, follows_sign=False),
    Estimator("LPI", log_probability_increase, _each_removed, is_slope=False, follows_sign=False),
    Estimator("NeurGrad", gradient, _one_pass, is_slope=True, follows_sign=True),
    Estimator("sweep", measured_slope, _each_shifted, is_slope=True, follows_sign=True),
)
