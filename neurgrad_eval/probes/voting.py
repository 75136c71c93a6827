"""How votes of neurons become an answer, ties included.

1. The answer with the most votes wins.
2. Of answers that are tied, the one wins whose votes, each weighted with its neuron's |score|, are
   worth most.
3. What is tied even then is drawn by a hash of the prompt's features and the answer: the same
   features always give the same answer, each of the tied answers is as likely as the others, and
   nothing but neurons has a say (the model's own answer, which probes are compared with, has none).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features.codes import Codes, Said
from neurgrad_eval.probes.draws import Hashes, mix
from neurgrad_eval.probes.ranking import Definitions

_ROWS = 256


@dataclass(frozen=True)
class Decision:
    """Answers of a voting probe.

    Attributes
    ----------
    answers : int64 [prompt]
        Index of the answer that won.
    tied : bool [prompt]
        Whether the plain vote was tied.
    """

    answers: npt.NDArray[np.int64]
    tied: npt.NDArray[np.bool_]


def decide(
    votes: npt.NDArray[Any],
    weighted: npt.NDArray[Any],
    salt: Hashes,
    definitions: Definitions = "default",
) -> Decision:
    """Find the winners of a vote.

    Parameters
    ----------
    votes
        Votes [prompt, answer].
    weighted
        The same votes, weighted with the neurons' |score| [prompt, answer].
    salt
        A number [prompt] that depends on the prompt's features only.
    definitions
        By the paper's code, the first of tied answers wins.
    """
    winners = votes == votes.max(axis=1, keepdims=True)
    tied = winners.sum(axis=1) > 1
    if definitions == "paper":
        return Decision(winners.argmax(axis=1).astype(np.int64), tied)
    worth = np.where(winners, weighted, -np.inf)
    winners = worth == worth.max(axis=1, keepdims=True)
    drawn = np.stack([mix(salt, answer) for answer in range(votes.shape[1])], axis=1)
    preference = np.where(winners, drawn, np.uint64(0))
    return Decision(preference.argmax(axis=1).astype(np.int64), tied)


def tally(
    codes: Codes, said: Said, neurons: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Sum of weights[i]·said[code of neuron i], for two kinds of weights at once.

    Parameters
    ----------
    codes
        Coded gradients [prompt, neuron].
    said
        What a code says of each answer.
    neurons
        Flat numbers [voter] of the neurons that vote.
    weights
        Their weights [voter, kind].

    Returns
    -------
    float64 [kind, prompt, answer]
        Whole numbers where the weights are, and so without rounding.
    """
    sums = np.empty((weights.shape[1], len(codes), said.n_answers))
    for start in range(0, len(codes), _ROWS):
        part = slice(start, start + _ROWS)
        chosen = codes[part].T[neurons].astype(np.intp)  # what `take` would make of it each time
        for answer in range(said.n_answers):
            sums[:, part, answer] = weights.T @ said.of(answer, chosen).astype(np.float64)
    return sums
