"""The polarity probe: neurons vote by the signs of their gradients (paper section 5)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.codes import Codes
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.base import GradientProbe
from neurgrad_eval.probes.checks import Labels
from neurgrad_eval.probes.ranking import Definitions, centred_polarity_score, polarity_score
from neurgrad_eval.probes.voting import tally


class PolarityProbe(GradientProbe):
    """argmax_k Σ_i o_i · sign g_i[k] over the neurons i of the largest |polarity score|.

    Parameters and attributes are those of `GradientProbe`, and:

    Parameters
    ----------
    centred
        Whether neurons are ranked by `neurgrad_eval.probes.ranking.centred_polarity_score`, which
        gives neurons that always say the same no weight, instead of the paper's score.
    """

    def __init__(
        self,
        n_neurons: int = 1024,
        *,
        n_answers: int | None = None,
        centred: bool = False,
        definitions: Definitions = "default",
    ) -> None:
        super().__init__(n_neurons, n_answers=n_answers, definitions=definitions)
        self.centred = centred

    def tally(self, codes: Codes, voters: Indices) -> npt.NDArray[np.float64]:
        """Votes [kind, prompt, answer]."""
        weights = np.stack([self.ranking_.orientation[voters], self.ranking_.scores[voters]], 1)
        return tally(codes, coding.signs(self.n_answers_), voters, weights)

    def _score(self, codes: Codes, labels: Labels) -> npt.NDArray[np.number]:
        score = centred_polarity_score if self.centred else polarity_score
        return score(codes, labels, self.n_answers_)
