"""The plain way to the same gradients: every token with gradients, one backward per answer.

It is what the fast path is tested and measured against; nothing else uses it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from neurgrad_eval.encoding import encode
from neurgrad_eval.gradients import check_space, collect
from neurgrad_eval.intervention import intervening
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.result import AnswerGradients, Space, concatenate


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
    encoded = encode(model.tokenizer, prompts, answers, model.context)
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
    device = model.model.device
    longest = max(map(len, prompts))
    ids = torch.tensor([[*p, *[0] * (longest - len(p))] for p in prompts], device=device)
    mask = torch.tensor([[1] * len(p) + [0] * (longest - len(p)) for p in prompts], device=device)
    last = mask.sum(1, keepdim=True) - 1
    deltas = [
        torch.zeros(
            len(ids), 1, site.width, dtype=model.model.dtype, device=device
        ).requires_grad_()
        for site in model.sites
    ]
    with torch.enable_grad(), intervening(model.sites, deltas, last) as readings:
        logits = model.model(input_ids=ids, attention_mask=mask).logits
        at_last = logits[torch.arange(len(ids), device=device), last[:, 0]]
        chosen = torch.tensor(answers, device=device)
        probabilities = at_last.float().softmax(-1).gather(-1, chosen)
        per_answer = [
            torch.autograd.grad(probabilities[:, k].sum(), deltas, retain_graph=True)
            for k in range(chosen.shape[1])
        ]
    gradients = [torch.cat(layer, dim=1) for layer in zip(*per_answer, strict=True)]
    return collect(model.sites, probabilities, gradients, readings, space)
