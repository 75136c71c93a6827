"""The polarity probe: neurons vote by the signs of their gradients (paper section 5)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurgrad_eval import codes as coding
from neurgrad_eval.codes import Codes
from neurgrad_eval.probes.base import GradientProbe, Labels
from neurgrad_eval.probes.voting import tally
from neurgrad_eval.ranking import polarity_score


class PolarityProbe(GradientProbe):
    """argmax_k Σ_i o_i · sign g_i[k] over the neurons i of the largest |polarity score|.

    Parameters and attributes are those of `GradientProbe`.
    """

    def _score(self, codes: Codes, labels: Labels) -> npt.NDArray[np.int64]:
        return polarity_score(codes, labels, self.n_answers_)

    def _votes(self, codes: Codes, voters: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        weights = np.stack([self.ranking_.orientation[voters], self.ranking_.scores[voters]], 1)
        return tally(codes, coding.signs(self.n_answers_), voters, weights)
