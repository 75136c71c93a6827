"""Answer gradients of a batch: one forward of the last token per answer, one backward for all.

1. Everything but the last token has been run without gradients (`prefix_cache.run_body`); of a
   masked language model's prompts nothing has (`masked_lm`).
2. The rest runs once per answer, with a zero tensor added to the neurons of every copy.
3. The sum of log p(answer k at copy k) is differentiated once; since copies do not see each other,
   the zero tensor of copy k collects ∂log p(answer k)/∂h, and ∂p/∂h = p · ∂log p/∂h. The logarithm
   keeps what flows back through the model near 1, where float16 does not underflow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.engine.answer_gradients import AnswerGradients, Space
from neurgrad_eval.engine.intervention import ReadAt, Readings, intervening
from neurgrad_eval.engine.reading import AnyBody, read
from neurgrad_eval.models.sites import Site


def batch_gradients(
    model: Any, sites: Sequence[Site], body: AnyBody, answers: Tensor, space: Space
) -> AnswerGradients:
    """Gradients of every answer's probability for a batch of prompts.

    Parameters
    ----------
    model
        A transformers language model in evaluation mode.
    sites
        Its neurons.
    body
        The prompts; a causal body's cache is consumed.
    answers
        Token ids of the answers [row, answer].
    space
        Which vector's coordinates are the neurons.
    """
    at = ReadAt(answers.shape[0], answers.shape[1], body.positions)
    with torch.enable_grad(), intervening(sites, at, differentiate=True) as readings:
        logits = read(model, body, at.copies).float()
        answers = answers.to(logits.device)
        logs = logits.log_softmax(-1).gather(-1, answers[:, :, None])[..., 0]
        slopes = differentiated(logs.sum(), readings)
    probabilities = logs.detach().exp()
    gradients = [scaled(slope, probabilities) for slope in slopes]
    return collect(probabilities, gradients, readings, space)


def differentiated(value: Tensor, readings: Readings) -> tuple[Tensor, ...]:
    """Gradient of a number with respect to the neurons of every site.

    Raises
    ------
    UsageError
        The model computes without gradients: its layers are reversible, or its kernels have none.
    """
    if not value.requires_grad:
        raise UsageError(
            "the model gives its neurons no gradient: its layers are reversible, or run by kernels "
            "without a backward pass"
        )
    return torch.autograd.grad(value, readings.leaves)


def scaled(slope: Tensor, factors: Tensor) -> Tensor:
    """Slope [row, copy, ...] times factors [row, copy], in float32."""
    return factors.to(slope.device)[(...,) + (None,) * (slope.ndim - 2)] * slope.float()


def collect(
    probabilities: Tensor, gradients: Sequence[Tensor], readings: Readings, space: Space
) -> AnswerGradients:
    """Bring gradients into the requested space; see `in_space`."""
    found, activations = in_space(gradients, readings, space)
    return AnswerGradients(probabilities.detach(), found, activations, space)


def in_space(
    gradients: Sequence[Tensor], readings: Readings, space: Space
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Gradients [row, answer, neuron] and activations [row, neuron] of the requested space.

    In `space="up"` a gated block's h = act(gate)·up gives ∂p/∂up = ∂p/∂h · act(gate), exactly.
    Both are float32 where the model computes them, one tensor per layer.

    Parameters
    ----------
    gradients
        By site, as its values are seen.
    readings
        What the same pass showed.
    space
        Which vector's coordinates are the neurons.
    """
    if space == "up":
        pairs = zip(gradients, readings.get("gate"), strict=True)
        gradients = [gradient * gate[:, : gradient.shape[1]] for gradient, gate in pairs]
    first = [values[:, :1] for values in readings.get(space)]
    activations = tuple(values[:, 0].float() for values in readings.by_layer(first))
    return tuple(gradient.float() for gradient in readings.by_layer(gradients)), activations


def check_output(values: Tensor, prompts: Sequence[str]) -> None:
    """Raise DataError for the first prompt whose values [row, ...] are not finite."""
    finite = values.flatten(1).isfinite().all(1)
    if not finite.all():
        prompt = prompts[int((~finite).nonzero()[0, 0])]
        raise DataError(f"{prompt!r:.60}: the model's output is not finite; try another dtype")


def check_space(sites: Sequence[Site], space: str) -> None:
    """Raise UsageError if the model has no such space."""
    if space not in ("hidden", "up"):
        raise UsageError(f"space {space!r} is neither 'hidden' nor 'up'")
    if space == "up" and any(site.gate is None for site in sites if site.width):
        raise UsageError("space 'up' needs gated feed-forward blocks; this model's are not")
