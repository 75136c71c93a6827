"""How votes of neurons become an answer, ties included.

1. The answer with the most votes wins.
2. Of answers that are tied, the one wins whose votes, each weighted with its neuron's |score|, are
   worth most.
3. What is tied even then is drawn by a hash of the prompt's features: the same features always
   give the same answer, no answer is favoured over the data, and nothing but neurons has a say
   (the model's own answer, which probes are compared with, has none).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.codes import Codes, Table

_ROWS = 256
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


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
    votes: npt.NDArray[Any], weighted: npt.NDArray[Any], salt: npt.NDArray[np.uint64]
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
    """
    winners = votes == votes.max(axis=1, keepdims=True)
    tied = winners.sum(axis=1) > 1
    worth = np.where(winners, weighted, -np.inf)
    winners = worth == worth.max(axis=1, keepdims=True)
    answers = votes.shape[1]
    turned = (np.arange(answers) + (salt % np.uint64(answers)).astype(np.int64)[:, None]) % answers
    preference = np.where(winners, turned, -1)
    return Decision(preference.argmax(axis=1).astype(np.int64), tied)


def tally(
    codes: Codes, table: Table, neurons: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Sum of weights[i]·table[code of neuron i], for two kinds of weights at once.

    Parameters
    ----------
    codes
        Coded gradients [prompt, neuron].
    table
        What a code says of each answer [code, answer].
    neurons
        Flat numbers [voter] of the neurons that vote.
    weights
        Their weights [voter, kind].

    Returns
    -------
    float64 [kind, prompt, answer]
        Whole numbers where the weights are, and so without rounding.
    """
    answers = table.shape[1]
    sums = np.empty((weights.shape[1], len(codes), answers))
    for start in range(0, len(codes), _ROWS):
        part = slice(start, start + _ROWS)
        chosen = codes[part][:, neurons]
        for answer in range(answers):
            said = np.ascontiguousarray(table[:, answer])[chosen].astype(np.float64)
            sums[:, part, answer] = (said @ weights).T
    return sums


def hash_rows(rows: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """A number per row that depends on its bytes only and is spread over all values."""
    words = np.ascontiguousarray(rows).view(np.uint16)
    total = words.sum(axis=1, dtype=np.uint64) * _GOLDEN
    return np.asarray(total ^ (total >> np.uint64(32)), dtype=np.uint64)
