"""Computational gradient: ∂p/∂a, whatever the shift convention."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from neurgrad_eval.estimators.base import Case, pick


@dataclass(frozen=True)
class ComputationalGradient:
    """One forward and one backward pass of the last token, for all neurons of the model."""

    name: str = "CG"
    is_slope: bool = True
    follows_sign: bool = False

    def estimate(self, case: Case) -> Tensor:
        """Estimate of each neuron [neuron], float32 on the CPU."""
        return pick(case.question.gradients(case.space).gradients, case.neurons)[:, 0, 0]
