"""The measurement itself: its error is 0, and its time is what an estimate saves."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from neurgrad_eval.estimators.base import Case
from neurgrad_eval.sweeps.measure import sweep_question


@dataclass(frozen=True)
class ExactSweep:
    """One copy of the last token per neuron and shift."""

    name: str = "sweep"
    is_slope: bool = True
    follows_sign: bool = True

    def estimate(self, case: Case) -> Tensor:
        """Slope of each neuron [neuron], float32 on the CPU."""
        found = sweep_question(
            case.question, case.neurons, case.shifts, space=case.space, sign="signed"
        )
        return found.neg.float()
