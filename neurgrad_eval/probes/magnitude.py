"""The magnitude probe: each neuron votes for one answer (paper section 5)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.codes import Codes
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.base import GradientProbe
from neurgrad_eval.probes.checks import Labels
from neurgrad_eval.probes.ranking import magnitude_score
from neurgrad_eval.probes.voting import tally


class MagnitudeProbe(GradientProbe):
    """Neuron i votes for argmax_k o_i · g_i[k]; those of the largest |magnitude score| vote.

    A neuron for which several answers are tied shares its vote among them; a silent one thus
    changes nothing. Parameters and attributes are those of `GradientProbe`.
    """

    def tally(self, codes: Codes, voters: Indices) -> npt.NDArray[np.float64]:
        """Votes [kind, prompt, answer], in shares of a vote (60 or 2,520)."""
        orientation = self.ranking_.orientation[voters]
        sums = np.zeros((2, len(codes), self.n_answers_))
        for sign, said in ((1, coding.highest_votes), (-1, coding.lowest_votes)):
            side = voters[orientation == sign]
            weights = np.stack([np.ones(len(side)), np.abs(self.ranking_.scores[side])], axis=1)
            sums += tally(codes, said(self.n_answers_), side, weights)
        return sums

    def _score(self, codes: Codes, labels: Labels) -> npt.NDArray[np.number]:
        return magnitude_score(codes, labels, self.n_answers_)
