"""Answer gradients of a batch: one forward of the last token per answer, one backward for all.

1. Everything but the last token has been run without gradients (`prefix_cache.run_body`).
2. The last token runs once per answer, the copies side by side, with a zero tensor added to the
   neurons of every copy.
3. The sum of p(answer k at copy k) is differentiated once; since copies do not see each other, the
   zero tensor of copy k collects ∂p(answer k)/∂h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mceval8k.errors import UsageError
from neurgrad_eval.intervention import Readings, intervening
from neurgrad_eval.prefix_cache import Body, read_last
from neurgrad_eval.result import AnswerGradients, Space
from neurgrad_eval.sites import Site


def batch_gradients(
    model: Any, sites: Sequence[Site], body: Body, answers: Tensor, space: Space
) -> AnswerGradients:
    """Gradients of every answer's probability for a batch of prompts.

    Parameters
    ----------
    model
        A transformers causal language model in evaluation mode.
    sites
        Its neurons.
    body
        The prompts, run up to their last token; its cache is consumed.
    answers
        Token ids of the answers [row, answer].
    space
        Which vector's coordinates are the neurons.
    """
    rows, copies = answers.shape
    deltas = [_zeros(site, rows, copies, model.dtype) for site in sites]
    with torch.enable_grad(), intervening(sites, deltas) as readings:
        logits = read_last(model, body, copies)
        probabilities = logits.float().softmax(-1).gather(-1, answers[:, :, None])[..., 0]
        gradients = torch.autograd.grad(probabilities.sum(), deltas)
    return collect(sites, probabilities, gradients, readings, space)


def collect(
    sites: Sequence[Site],
    probabilities: Tensor,
    gradients: Sequence[Tensor],
    readings: Readings,
    space: Space,
) -> AnswerGradients:
    """Bring gradients [row, answer, neuron] into the space asked for, and all to the CPU.

    In `space="up"` a gated block's h = act(gate)·up gives ∂p/∂up = ∂p/∂h · act(gate), exactly.
    """
    layers = [site.layer for site in sites]
    if space == "hidden":
        activations = [readings.hidden[layer][:, 0] for layer in layers]
        scaled = list(gradients)
    else:
        activations = [readings.up[layer][:, 0] for layer in layers]
        scaled = [
            gradient * readings.gate[layer][:, :1]
            for layer, gradient in zip(layers, gradients, strict=True)
        ]
    return AnswerGradients(
        probabilities=_cpu(probabilities),
        gradients=tuple(_cpu(gradient) for gradient in scaled),
        activations=tuple(_cpu(activation) for activation in activations),
        space=space,
    )


def check_space(sites: Sequence[Site], space: str) -> None:
    """Raise UsageError if the model has no such space."""
    if space not in ("hidden", "up"):
        raise UsageError(f"space {space!r} is neither 'hidden' nor 'up'")
    if space == "up" and any(site.gate is None for site in sites):
        raise UsageError("space 'up' needs gated feed-forward blocks; this model's are not")


def _zeros(site: Site, rows: int, copies: int, dtype: torch.dtype) -> Tensor:
    device = next(site.module.parameters()).device
    return torch.zeros(rows, copies, site.width, dtype=dtype, device=device, requires_grad=True)


def _cpu(values: Tensor) -> Tensor:
    return values.detach().float().cpu()
