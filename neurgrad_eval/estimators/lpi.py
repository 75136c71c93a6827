"""Log-probability increase: how much of log p(answer) a neuron adds.

Exact, by intervention: log p with the neuron as it is, less log p with the neuron at 0. Nothing is
read through the logit lens, so later layers answer to the change.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neurgrad_eval.estimators.base import Case
from neurgrad_eval.sweeps.measure import at_rest, shift_each


@dataclass(frozen=True)
class LogProbabilityIncrease:
    """One copy of the last token per neuron."""

    name: str = "LPI"
    is_slope: bool = False
    follows_sign: bool = False

    def estimate(self, case: Case) -> Tensor:
        """Increase of log p by each neuron, in nats [neuron], float32 on the CPU."""
        rest = at_rest(case.question, case.neurons, case.space)
        # At 0 in either space, h is 0: h = act(gate)·up.
        removed = -(rest.activations * rest.factors)[:, None]
        without = shift_each(case.question, case.neurons, removed)[:, 0]
        return torch.tensor(rest.base).log() - without.log()
