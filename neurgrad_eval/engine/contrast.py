"""Contrast gradients: what would favour the right answer over the wrong ones, in one backward pass.

Where answer gradients need one copy of the last token per answer, the contrast of a prompt is one
number, so that one copy and one backward pass give its gradient with respect to every neuron.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from mceval8k.errors import UsageError
from neurgrad_eval.engine.answer_gradients import Space
from neurgrad_eval.engine.gradients import differentiated, in_space, scaled
from neurgrad_eval.engine.intervention import ReadAt, intervening
from neurgrad_eval.engine.reading import AnyBody, read
from neurgrad_eval.models.sites import Site

Against = Literal["mean", "best"]
Scale = Literal["probability", "log-odds"]


@dataclass(frozen=True)
class ContrastGradients:
    """Gradients of the right answer's lead over the wrong ones, float32 on the CPU.

    Attributes
    ----------
    contrasts : Tensor [prompt]
        The lead: p(gold) - p(wrong) on the scale `probability`, log p(gold) - log p(wrong) on the
        scale `log-odds`. Of several wrong answers the mean is taken, or the most probable one.
    probabilities : Tensor [prompt, answer]
        Probability of each answer token over the full vocabulary.
    gradients : tuple of Tensor [prompt, neuron], one per layer
        ∂contrast/∂a, per activation unit.
    activations : tuple of Tensor [prompt, neuron], one per layer
        The neurons' activations a where the answer is predicted.
    against : {"mean", "best"}
        Which wrong answers the gold one is compared with.
    scale : {"probability", "log-odds"}
        On which scale.
    space : {"hidden", "up"}
        Which vector the neurons are coordinates of.
    """

    contrasts: Tensor
    probabilities: Tensor
    gradients: tuple[Tensor, ...]
    activations: tuple[Tensor, ...]
    against: Against
    scale: Scale
    space: Space


def check_contrast(
    gold: Sequence[int], prompts: int, answers: int, against: str, scale: str
) -> None:
    """Raise UsageError if gold answers or choices cannot be."""
    if against not in get_args(Against):
        raise UsageError(f"against {against!r} is neither 'mean' nor 'best'")
    if scale not in get_args(Scale):
        raise UsageError(f"scale {scale!r} is neither 'probability' nor 'log-odds'")
    if len(gold) != prompts:
        raise UsageError(f"{len(gold)} gold answers for {prompts} prompts")
    if answers < 2:
        raise UsageError("a contrast needs at least two answers")
    for number, index in enumerate(gold):
        if not 0 <= index < answers:
            raise UsageError(f"prompt {number}: gold {index} is none of {answers} answers")


def batch_contrast(
    model: Any,
    sites: Sequence[Site],
    body: AnyBody,
    answers: Tensor,
    gold: Tensor,
    *,
    against: Against,
    scale: Scale,
    space: Space,
) -> ContrastGradients:
    """Contrast gradients of a batch of prompts.

    Parameters
    ----------
    model, sites, body, answers, space
        As for `gradients.batch_gradients`.
    gold
        Index of each prompt's right answer [row].
    """
    at = ReadAt(len(answers), 1, body.positions)
    with torch.enable_grad(), intervening(sites, at, differentiate=True) as readings:
        logits = read(model, body)[:, 0].float()
        logs = logits.log_softmax(-1).gather(-1, answers.to(logits.device))
        contrasts = _contrasts(logs, gold.to(logits.device), against, scale)
        # Divided by the largest probability on the way back: float16 would underflow.
        largest = logs.detach().exp().amax(-1).clamp(min=torch.finfo(torch.float32).tiny)
        sizes = largest if scale == "probability" else torch.ones_like(largest)
        slopes = differentiated((contrasts / sizes).sum(), readings)
    gradients = [scaled(slope, sizes[:, None]) for slope in slopes]
    found, activations = in_space(gradients, readings, space)
    return ContrastGradients(
        contrasts.detach().cpu(),
        logs.detach().exp().cpu(),
        tuple(gradient[:, 0].cpu() for gradient in found),
        tuple(values.cpu() for values in activations),
        against,
        scale,
        space,
    )


def _contrasts(logs: Tensor, gold: Tensor, against: Against, scale: Scale) -> Tensor:
    """Contrast [row] of the answers' log probabilities [row, answer]."""
    right = torch.nn.functional.one_hot(gold, logs.shape[1])
    if against == "mean":
        wrong = (1 - right) / (logs.shape[1] - 1)
    else:
        best = logs.detach().masked_fill(right.bool(), -torch.inf).argmax(-1)
        wrong = torch.nn.functional.one_hot(best, logs.shape[1])
    values = logs if scale == "log-odds" else logs.exp()
    return ((right - wrong) * values).sum(-1)
