"""Integrated gradients along one neuron: a·∫∂p(αa)/∂a dα, α from 0 to 1, the others as they are.

Each neuron has a path of its own, so each point of each path is a copy of the last token; one
backward pass differentiates many copies at once, since no copy sees another.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neurgrad_eval.estimators.base import Case
from neurgrad_eval.sweeps.measure import at_rest, spread
from neurgrad_eval.sweeps.question import Question

_COPIES = 64  # of the last token per backward pass, which keeps every layer's values


@dataclass(frozen=True)
class IntegratedGradients:
    """Midpoint rule: `steps` copies of the last token per neuron, differentiated."""

    steps: int = 5
    name: str = "IG"
    is_slope: bool = False
    follows_sign: bool = False

    def estimate(self, case: Case) -> Tensor:
        """Attribution of each neuron, in probability [neuron], float32 on the CPU."""
        rest = at_rest(case.question, case.neurons, case.space)
        alphas = (torch.arange(self.steps) + 0.5) / self.steps
        hidden = rest.activations * rest.factors
        moved = hidden[:, None] * (alphas - 1)
        jobs = [
            (*neuron, shift)
            for neuron, row in zip(case.neurons, moved, strict=True)
            for shift in row
        ]
        chunks = (jobs[start : start + _COPIES] for start in range(0, len(jobs), _COPIES))
        gradients = torch.cat([_differentiate(case.question, chunk) for chunk in chunks])
        # In `up`, ∂p/∂u·u is ∂p/∂h·act(gate)·u: the same attribution.
        return hidden * gradients.reshape(len(case.neurons), self.steps).mean(1)


def _differentiate(question: Question, jobs: list[tuple[int, int, Tensor]]) -> Tensor:
    """∂p/∂h of each job's neuron where the job has moved it [job]."""
    used = sorted({layer for layer, _, _ in jobs})
    deltas = spread(question, jobs)
    leaves = [deltas[layer].requires_grad_() for layer in used]
    with torch.enable_grad():
        logits, _ = question.logits(deltas, len(jobs))
        total = logits.softmax(-1)[:, question.answer].sum()
        found = dict(zip(used, torch.autograd.grad(total, leaves), strict=True))
    own = [found[layer][0, copy, index] for copy, (layer, index, _) in enumerate(jobs)]
    return torch.stack(own).float().cpu()
