"""NeurGrad: the computational gradient in the shift's own direction (paper section 3).

Under plain shifts that is the computational gradient itself; under `magnitude` it is CG·sign(a).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from neurgrad_eval.estimators.base import Case, pick


@dataclass(frozen=True)
class NeurGrad:
    """One forward and one backward pass of the last token, for all neurons of the model."""

    name: str = "NeurGrad"
    is_slope: bool = True
    follows_sign: bool = True

    def estimate(self, case: Case) -> Tensor:
        """Estimate of each neuron [neuron], float32 on the CPU."""
        return pick(case.question.gradients(case.space).gradients, case.neurons)[:, 0, 0]
