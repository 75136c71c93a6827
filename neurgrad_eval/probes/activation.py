"""The activation probe: neurons vote by activations alone, the baseline (Wang et al., 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.probes.base import VotingProbe
from neurgrad_eval.probes.voting import Decision, decide, hash_rows
from neurgrad_eval.ranking import SplitScore, activation_scores


class ActivationProbe(VotingProbe):
    """Votes down the tree of label splits, each split by the neurons that tell it best.

    At a split a neuron of orientation o votes for the high side where o·(a − threshold) > 0, for
    the low side otherwise; the majority decides which half of the labels is left.

    Parameters
    ----------
    n_neurons
        How many neurons vote at each split. May be changed after `fit`, which ranks all of them.

    Attributes
    ----------
    splits_ : tuple of SplitScore
        Splits with the ranking of all neurons.
    """

    splits_: tuple[SplitScore, ...]

    def __init__(self, n_neurons: int = 1024) -> None:
        self.n_neurons = n_neurons

    def fit(self, x: Any, y: Any) -> ActivationProbe:
        """Rank neurons by activations X [prompt, neuron] and gold answers y [prompt]."""
        activations, labels = self._check_training(x, y)
        self.splits_ = activation_scores(activations, labels)
        return self

    def decide(self, x: Any) -> Decision:
        """Let the neurons vote on activations X [prompt, neuron]; tied if any split was."""
        activations = self._check_features(x)
        return self.vote(activations, [score.ranking.top(self.n_neurons) for score in self.splits_])

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Answer [prompt] to each row of X."""
        return self.decide(x).answers

    def vote(
        self, activations: npt.NDArray[Any], voters: Sequence[npt.NDArray[np.int64]]
    ) -> Decision:
        """Let the neurons with these flat numbers, some for each split, vote on activations."""
        answers = np.full(len(activations), self.classes_[0], dtype=self.classes_.dtype)
        tied = np.zeros(len(activations), dtype=bool)
        salt = hash_rows(activations)
        # A split comes after those above it: a prompt's answer is the first label of its half.
        for score, chosen in zip(self.splits_, voters, strict=True):
            rows = np.flatnonzero(answers == score.split.low[0])
            seen = activations[np.ix_(rows, chosen)]
            decision = _decide_split(seen, score, chosen, salt[rows])
            answers[rows[decision.answers == 1]] = score.split.high[0]
            tied[rows] |= decision.tied
        return Decision(answers, tied)


def _decide_split(
    seen: npt.NDArray[Any],
    score: SplitScore,
    voters: npt.NDArray[np.int64],
    salt: npt.NDArray[np.uint64],
) -> Decision:
    """Low (0) or high (1) by the voters' activations [prompt, voter]."""
    says_high = np.where(seen > score.thresholds[voters], 1.0, -1.0)
    margin = says_high @ score.ranking.orientation[voters].astype(np.float64)
    weighted = says_high @ score.ranking.scores[voters]
    return decide(
        np.stack([-margin, margin], axis=1), np.stack([-weighted, weighted], axis=1), salt
    )
