"""Activation times gradient: a·∂p/∂a, the first-order effect of setting a neuron to 0."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from neurgrad_eval.estimators.base import Case, pick


@dataclass(frozen=True)
class ActivationGradient:
    """One forward and one backward pass of the last token, for all neurons of the model."""

    name: str = "act × grad"
    is_slope: bool = False
    follows_sign: bool = False

    def estimate(self, case: Case) -> Tensor:
        """Attribution of each neuron, in probability [neuron], float32 on the CPU."""
        found = case.question.gradients(case.space)
        activations = pick(found.activations, case.neurons)[:, 0]
        return activations * pick(found.gradients, case.neurons)[:, 0, 0]
