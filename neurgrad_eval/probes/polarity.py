"""The polarity probe: neurons vote by the signs of their gradients (paper section 5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurgrad_eval import codes as coding
from neurgrad_eval.probes.base import VotingProbe, answers_of, check_codes
from neurgrad_eval.probes.voting import Decision, decide, hash_rows, tally
from neurgrad_eval.ranking import Ranking, polarity_score


class PolarityProbe(VotingProbe):
    """argmax_k Σ_i o_i · sign g_i[k] over the neurons i of the largest |polarity score|.

    Parameters
    ----------
    n_neurons
        How many neurons vote. May be changed after `fit`, which ranks all of them.
    n_answers
        Number of answers, where labels in training may not show all.

    Attributes
    ----------
    ranking_ : Ranking
        Of all neurons.
    """

    ranking_: Ranking
    n_answers_: int

    def __init__(self, n_neurons: int = 1024, *, n_answers: int | None = None) -> None:
        self.n_neurons = n_neurons
        self.n_answers = n_answers

    def fit(self, x: Any, y: Any) -> PolarityProbe:
        """Rank neurons by codes X [prompt, neuron] (uint16) and gold answers y [prompt]."""
        values, labels = self._check_training(x, y, dtype=None)
        codes = check_codes(values)
        self.n_answers_ = answers_of(self.n_answers, labels)
        self.ranking_ = Ranking.of(polarity_score(codes, labels, self.n_answers_))
        return self

    def decide(self, x: Any) -> Decision:
        """Let the neurons vote on codes X [prompt, neuron]."""
        codes = check_codes(self._check_features(x, dtype=None))
        voters = self.ranking_.top(self.n_neurons)
        weights = np.stack([self.ranking_.orientation[voters], self.ranking_.scores[voters]], 1)
        votes, weighted = tally(codes, coding.signs(self.n_answers_), voters, weights)
        return decide(votes, weighted, hash_rows(codes))
