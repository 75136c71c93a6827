"""Two bytes per neuron and prompt that keep the signs and the order of its answers' gradients.

The probes ask of a neuron only which answers it favours and which it opposes, never by how much.
With c[k] the number of answers whose gradient is smaller than that of answer k,

    code = Σ_k c[k]·5^k + 5^5·(2·negatives + [some gradient is zero])

where `negatives` counts the gradients below zero. From it follow, without loss and ties included:
answer k is negative where c[k] < negatives, zero where c[k] = negatives and some gradient is zero,
positive otherwise; and the sign of g[k] − g[j] is that of c[k] − c[j]. Every function of signs and
order is therefore one table with a row per code; a code of fewer than five answers has c[k] = 0
for the others.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from mceval8k.task import MAX_OPTIONS

Codes = npt.NDArray[np.uint16]
Table = npt.NDArray[np.int8]

_BASE = MAX_OPTIONS
_HEAD = _BASE**MAX_OPTIONS
N_CODES = _HEAD * (2 * MAX_OPTIONS + 1)

WHOLE_VOTE = 60
"""A vote in units that two, three, four or five tied answers can share evenly."""


def encode(gradients: npt.NDArray[np.floating]) -> Codes:
    """Code the gradients of each neuron.

    Parameters
    ----------
    gradients
        Finite values [prompt, answer, neuron] of two to five answers.

    Returns
    -------
    Codes [prompt, neuron]
    """
    answers = gradients.shape[1]
    if not 2 <= answers <= MAX_OPTIONS:
        raise ValueError(f"{answers} answers; codes hold 2 to {MAX_OPTIONS}")
    negatives = (gradients < 0).sum(axis=1, dtype=np.uint16)
    some_zero = (gradients == 0).any(axis=1)
    codes: Codes = (2 * negatives + some_zero).astype(np.uint16) * np.uint16(_HEAD)
    for answer in range(answers):
        below = (gradients < gradients[:, answer, None]).sum(axis=1, dtype=np.uint16)
        codes += below * np.uint16(_BASE**answer)
    return codes


@cache
def ranks(n_answers: int) -> Table:
    """Table [code, answer] of c: how many answers have a smaller gradient."""
    places = _BASE ** np.arange(n_answers)
    return _frozen(np.arange(N_CODES)[:, None] % _HEAD // places % _BASE)


@cache
def signs(n_answers: int) -> Table:
    """Table [code, answer] of the gradients' signs: −1, 0 or 1."""
    c = ranks(n_answers)
    head = np.arange(N_CODES)[:, None] // _HEAD
    negatives, some_zero = head // 2, head % 2 == 1
    return _frozen(np.where(c < negatives, -1, np.where((c == negatives) & some_zero, 0, 1)))


@cache
def highest_votes(n_answers: int) -> Table:
    """Table [code, answer]: one vote for the answer of the largest gradient, shared when tied."""
    c = ranks(n_answers)
    return _shared_vote(c == c.max(axis=1, keepdims=True))


@cache
def lowest_votes(n_answers: int) -> Table:
    """Table [code, answer]: one vote for the answer of the smallest gradient, shared when tied."""
    c = ranks(n_answers)
    return _shared_vote(c == c.min(axis=1, keepdims=True))


@cache
def first_highest(n_answers: int) -> Table:
    """Table [code]: argmax of the gradients, the first of tied ones."""
    return _frozen(ranks(n_answers).argmax(axis=1))


@cache
def first_lowest(n_answers: int) -> Table:
    """Table [code]: argmin of the gradients, the first of tied ones."""
    return _frozen(ranks(n_answers).argmin(axis=1))


@cache
def polarity_scores(n_answers: int) -> Table:
    """Table [code, gold]: sign g[gold] − Σ_{k≠gold} sign g[k]."""
    sign = signs(n_answers)
    return _frozen(2 * sign - sign.sum(axis=1, keepdims=True))


@cache
def magnitude_scores(n_answers: int) -> Table:
    """Table [code, gold]: Σ_k sign( g[gold] − g[k] )."""
    c = ranks(n_answers).astype(np.int64)
    return _frozen(np.sign(c[:, :, None] - c[:, None, :]).sum(axis=2))


def _shared_vote(winners: npt.NDArray[np.bool_]) -> Table:
    return _frozen(winners * (WHOLE_VOTE // winners.sum(axis=1, keepdims=True)))


def _frozen(values: npt.NDArray[np.integer]) -> Table:
    table = np.ascontiguousarray(values, dtype=np.int8)
    table.flags.writeable = False
    return table
