"""The magnitude probe: each neuron votes for one answer (paper section 5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurgrad_eval import codes as coding
from neurgrad_eval.probes.base import VotingProbe, answers_of, check_codes
from neurgrad_eval.probes.voting import Decision, decide, hash_rows, tally
from neurgrad_eval.ranking import Ranking, magnitude_score


class MagnitudeProbe(VotingProbe):
    """Neuron i votes for argmax_k o_i · g_i[k]; those of the largest |magnitude score| vote.

    A neuron for which several answers are tied shares its vote among them; a silent one thus
    changes nothing.

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

    def fit(self, x: Any, y: Any) -> MagnitudeProbe:
        """Rank neurons by codes X [prompt, neuron] (uint16) and gold answers y [prompt]."""
        values, labels = self._check_training(x, y, dtype=None)
        codes = check_codes(values)
        self.n_answers_ = answers_of(self.n_answers, labels)
        self.ranking_ = Ranking.of(magnitude_score(codes, labels, self.n_answers_))
        return self

    def decide(self, x: Any) -> Decision:
        """Let the neurons vote on codes X [prompt, neuron]."""
        codes = check_codes(self._check_features(x, dtype=None))
        voters = self.ranking_.top(self.n_neurons)
        orientation = self.ranking_.orientation[voters]
        sums = np.zeros((2, len(codes), self.n_answers_))
        for sign, table in ((1, coding.highest_votes), (-1, coding.lowest_votes)):
            side = voters[orientation == sign]
            weights = np.stack([np.ones(len(side)), np.abs(self.ranking_.scores[side])], axis=1)
            sums += tally(codes, table(self.n_answers_), side, weights)
        return decide(sums[0], sums[1], hash_rows(codes))
