"""The activation probe: neurons vote by activations alone, the baseline (Wang et al., 2022)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features.room import row_blocks
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.base import Choice, VotingProbe
from neurgrad_eval.probes.draws import Hashes, hash_rows
from neurgrad_eval.probes.ranking import Definitions, SplitScore, activation_scores
from neurgrad_eval.probes.voting import Decision, decide


class ActivationProbe(VotingProbe):
    """Votes down the tree of label splits, each split by the neurons that tell it best.

    At a split a neuron of orientation o votes for the high side where o·(a − threshold) > 0, for
    the low side otherwise; the majority decides which half of the labels is left.

    Parameters
    ----------
    n_neurons
        How many neurons vote at each split; see `VotingProbe`.
    definitions
        See `VotingProbe`; by the paper's code, of an odd number of labels the smaller half comes
        first, and a neuron's score is its plain accuracy.

    Attributes
    ----------
    splits_ : tuple of SplitScore
        Splits with the ranking of all neurons.
    """

    splits_: tuple[SplitScore, ...]

    def __init__(self, n_neurons: int = 1024, *, definitions: Definitions = "default") -> None:
        self.n_neurons = n_neurons
        self.definitions = definitions

    def fit(self, x: Any, y: Any) -> ActivationProbe:
        """Rank neurons by activations X [prompt, neuron] and gold answers y [prompt]."""
        activations, labels = self._check_training(x, y)
        self.splits_ = activation_scores(activations, labels, self.definitions)
        return self

    def _values(self, x: Any) -> npt.NDArray[Any]:
        return self._check_features(x)

    def _salt(self, values: npt.NDArray[Any]) -> Hashes:
        """Of float16 as of float32, so that the type does not decide what is tied."""
        blocks = (values[rows] for rows in row_blocks(values))
        return np.concatenate(
            [hash_rows(b.astype(np.float32) if b.dtype == np.float16 else b) for b in blocks]
        )

    def decide_sets(self, x: Any, choose: Choice, *, cumulative: bool = False) -> list[Decision]:
        """Let several sets of neurons vote; see `VotingProbe`. Tied is what any split was."""
        activations, salt = self._prompts(x)
        chosen = [choose(score.ranking) for score in self.splits_]
        answers = np.zeros((len(chosen[0]), len(activations)), dtype=np.int64)
        tied = np.zeros(answers.shape, dtype=bool)
        # A split comes after those above it: a prompt's answer is the first label of its half.
        for score, sets in zip(self.splits_, chosen, strict=True):
            low, high = np.searchsorted(self.classes_, (score.split.low[0], score.split.high[0]))
            rows = np.flatnonzero((answers == low).any(axis=0))
            votes = np.stack([margins(activations, rows, score, voters) for voters in sets])
            votes = votes.cumsum(axis=0) if cumulative else votes
            for own, (plain, weighted) in enumerate(np.stack([-votes, votes], axis=-1)):
                found = decide(plain, weighted, salt[rows], self.definitions)
                there = answers[own, rows] == low
                answers[own, rows[there & (found.answers == 1)]] = high
                tied[own, rows] |= there & found.tied
        return [Decision(*found) for found in zip(answers, tied, strict=True)]


def margins(
    activations: npt.NDArray[Any], rows: Indices, score: SplitScore, voters: Indices
) -> npt.NDArray[np.float64]:
    """Votes for the high side minus those for the low one [kind, row], plain and weighted.

    Parameters
    ----------
    activations
        Values [prompt, neuron].
    rows
        Which prompts are voted on [row].
    score
        Of the split that is decided.
    voters
        Flat numbers [voter].
    """
    read = activations.T[voters][:, rows]
    read = read.astype(np.float32) if read.dtype == np.float16 else read  # compares faster
    says_high = read > score.thresholds[voters, None]
    ranking = score.ranking
    weights = np.stack([ranking.orientation[voters], ranking.scores[voters]])
    return np.asarray(weights @ np.where(says_high, 1.0, -1.0))
