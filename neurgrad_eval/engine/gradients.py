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

from mceval8k.errors import UsageError
from neurgrad_eval.engine.answer_gradients import AnswerGradients, Space
from neurgrad_eval.engine.intervention import Readings, intervening
from neurgrad_eval.engine.last_token import Body
from neurgrad_eval.engine.masked import MaskedBody
from neurgrad_eval.engine.reading import read
from neurgrad_eval.models.devices import execution_device
from neurgrad_eval.models.sites import Site


def batch_gradients(
    model: Any, sites: Sequence[Site], body: Body | MaskedBody, answers: Tensor, space: Space
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
    rows, copies = answers.shape
    deltas = zeros(sites, rows, copies, model.dtype)
    with torch.enable_grad(), intervening(sites, deltas, body.positions) as readings:
        logits = read(model, body, copies).float()
        check_read(sites, readings)
        answers = answers.to(logits.device)
        logs = logits.log_softmax(-1).gather(-1, answers[:, :, None])[..., 0]
        slopes = torch.autograd.grad(logs.sum(), deltas)
    probabilities = logs.detach().exp()
    gradients = [probabilities.to(slope.device)[..., None] * slope.float() for slope in slopes]
    return collect(sites, probabilities, gradients, readings, space)


def collect(
    sites: Sequence[Site],
    probabilities: Tensor,
    gradients: Sequence[Tensor],
    readings: Readings,
    space: Space,
) -> AnswerGradients:
    """Bring gradients [row, answer, neuron] into the space asked for, and all to the CPU."""
    scaled, activations = in_space(sites, gradients, readings, space)
    return AnswerGradients(_cpu(probabilities), scaled, activations, space)


def in_space(
    sites: Sequence[Site], gradients: Sequence[Tensor], readings: Readings, space: Space
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Gradients [row, answer, neuron] and activations [row, neuron] of the space asked for.

    In `space="up"` a gated block's h = act(gate)·up gives ∂p/∂up = ∂p/∂h · act(gate), exactly.
    Both are float32 on the CPU, one tensor per layer.
    """
    layers = [site.layer for site in sites]
    if space == "hidden":
        read_out, scaled = readings.hidden, list(gradients)
    else:
        read_out = readings.up
        scaled = [
            gradient * readings.gate[layer][:, :1]
            for layer, gradient in zip(layers, gradients, strict=True)
        ]
    activations = tuple(_cpu(read_out[layer][:, 0]) for layer in layers)
    return tuple(_cpu(gradient) for gradient in scaled), activations


def check_read(sites: Sequence[Site], readings: Readings) -> None:
    """Raise UsageError if the forward pass went by a down-projection."""
    for site in sites:
        if site.layer not in readings.hidden:
            raise UsageError(f"{site.name} is passed by: fused kernels cannot be hooked")


def check_space(sites: Sequence[Site], space: str) -> None:
    """Raise UsageError if the model has no such space."""
    if space not in ("hidden", "up"):
        raise UsageError(f"space {space!r} is neither 'hidden' nor 'up'")
    if space == "up" and any(site.gate is None for site in sites):
        raise UsageError("space 'up' needs gated feed-forward blocks; this model's are not")


def zeros(sites: Sequence[Site], rows: int, copies: int, dtype: torch.dtype) -> list[Tensor]:
    """Per layer, zeros [row, copy, neuron] on the layer's device that collect gradients."""
    return [
        torch.zeros(
            rows,
            copies,
            site.width,
            dtype=dtype,
            device=execution_device(site.module),
            requires_grad=True,
        )
        for site in sites
    ]


def _cpu(values: Tensor) -> Tensor:
    return values.detach().float().cpu()
