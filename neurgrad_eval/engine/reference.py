"""The plain way to the same gradients: every token with gradients, one backward per answer.

It is what the fast path is tested and measured against; nothing else uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from neurgrad_eval.engine.answer_gradients import AnswerGradients, Space, concatenate
from neurgrad_eval.engine.gradients import check_space, collect
from neurgrad_eval.engine.intervention import ReadAt, intervening
from neurgrad_eval.models.devices import input_device

if TYPE_CHECKING:
    from neurgrad_eval.neuron_model import NeuronModel


def plain_answer_gradients(
    model: NeuronModel,
    prompts: Sequence[str],
    answers: Sequence[str],
    *,
    space: Space = "hidden",
    batch_size: int = 8,
) -> AnswerGradients:
    """Compute what `NeuronModel.answer_gradients` computes, without cache, prefix or packing."""
    check_space(model.sites, space)
    encoded = model.encode(prompts, answers)
    parts = []
    for start in range(0, len(prompts), batch_size):
        rows = slice(start, start + batch_size)
        parts.append(_batch(model, encoded.prompts[rows], encoded.answers[rows], space))
    return concatenate(parts, range(len(prompts)))


def _batch(
    model: NeuronModel,
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[int]],
    space: Space,
) -> AnswerGradients:
    device = input_device(model.model)
    longest = max(map(len, prompts))
    ids = torch.tensor([[*p, *[0] * (longest - len(p))] for p in prompts], device=device)
    inputs = {"input_ids": ids}
    if model.kind != "causal":  # whose tokens never see the padding on their right
        rows = [[1] * len(p) + [0] * (longest - len(p)) for p in prompts]
        inputs["attention_mask"] = torch.tensor(rows, device=device)
    if start := model.answer_at.decoder_start:
        inputs["decoder_input_ids"] = torch.tensor([start] * len(ids), device=device)
    read = torch.tensor([[_position(model, prompt)] for prompt in prompts], device=device)
    at = ReadAt(len(ids), 1, read)
    with torch.enable_grad(), intervening(model.sites, at, differentiate=True) as readings:
        logits = model.model(**inputs).logits
        at_read = logits[torch.arange(len(ids), device=device), read[:, 0]]
        chosen = torch.tensor(answers, device=device)
        probabilities = at_read.float().softmax(-1).gather(-1, chosen)
        per_answer = [
            torch.autograd.grad(probabilities[:, k].sum(), readings.leaves, retain_graph=True)
            for k in range(chosen.shape[1])
        ]
    gradients = [torch.cat(layer, dim=1) for layer in zip(*per_answer, strict=True)]
    return collect(probabilities, gradients, readings, space).cpu()


def _position(model: NeuronModel, prompt: Sequence[int]) -> int:
    return len(prompt) - 1 if model.kind == "causal" else model.answer_at.among(prompt)
