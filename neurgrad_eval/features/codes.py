"""A few bytes per neuron and prompt that keep the signs and the order of its answers' gradients.

The probes ask of a neuron only which answers it favours and which it opposes, never by how much.
With c[k] the number of answers whose gradient is smaller than that of answer k,

    code = Σ_k c[k]·b^k + b^m·(2·negatives + [some gradient is zero])

where `negatives` counts the gradients below zero. From it follow, without loss and ties included:
answer k is negative where c[k] < negatives, zero where c[k] = negatives and some gradient is zero,
positive otherwise; and the sign of g[k] − g[j] is that of c[k] − c[j].

Up to five answers b = m = 5 and a code has two bytes: what is said of each answer is a table with a
row per code. Up to ten answers b = 16, m = 10 and a code has eight bytes, which are taken apart.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Codes = npt.NDArray[np.unsignedinteger[Any]]
Values = npt.NDArray[np.signedinteger[Any]]

MAX_ANSWERS = 10
_FEW = 5
"""Answers of which codes have two bytes."""
_Formula = Callable[[Values, Values, npt.NDArray[np.bool_]], npt.NDArray[Any]]
"""What is said of each answer, by ranks c [..., answer], negatives [..., 1] and zeros [..., 1]."""


def code_type(n_answers: int) -> type[np.uint16] | type[np.uint64]:
    """Type of the codes of so many answers; ValueError for fewer than two or more than ten."""
    if not 2 <= n_answers <= MAX_ANSWERS:
        raise ValueError(f"{n_answers} answers; codes hold 2 to {MAX_ANSWERS}")
    return np.uint16 if n_answers <= _FEW else np.uint64


def n_codes(n_answers: int) -> int:
    """One more than the largest code."""
    base, places = _layout(n_answers)
    return int(base**places * (2 * places + 1))


def encode(gradients: npt.NDArray[np.floating]) -> Codes:
    """Code the gradients of each neuron.

    Parameters
    ----------
    gradients
        Finite values [prompt, answer, neuron] of two to ten answers.

    Returns
    -------
    Codes [prompt, neuron]
    """
    codes: Codes = encode_tensor(torch.tensor(gradients)).numpy()
    return codes


def encode_tensor(gradients: Tensor) -> Tensor:
    """Code gradients where they are: `encode` for tensors, on any device."""
    code_type(answers := gradients.shape[1])
    base, places = _layout(answers)
    kind, wide = (torch.uint16, torch.int32) if answers <= _FEW else (torch.uint64, torch.int64)
    rows = gradients.unbind(1)
    negatives = sum(_ones(row < 0) for row in rows)
    some_zero = torch.stack([row == 0 for row in rows]).any(0)
    codes = (2 * negatives + _ones(some_zero)).to(wide) * base**places
    for answer, row in enumerate(rows):
        below: Any = sum(_ones(other < row) for other in rows if other is not row)
        codes += below.to(wide) * base**answer
    found: Tensor = codes.to(kind)
    return found


class Said:
    """What codes say of each answer: `said[codes]` is [..., answer].

    Parameters
    ----------
    n_answers
        Number of answers.
    formula
        What is said.
    """

    def __init__(self, n_answers: int, formula: _Formula) -> None:
        self.n_answers = n_answers
        self._formula = formula
        self._columns: list[Values] | None = None
        if n_answers <= _FEW:
            self._table = self._take_apart(np.arange(n_codes(n_answers)))
            self._table.flags.writeable = False
            self._columns = [np.ascontiguousarray(column) for column in self._table.T]

    def __getitem__(self, codes: npt.NDArray[Any]) -> Values:
        """Values [..., answer] of codes [...]."""
        return self._take_apart(codes) if self._columns is None else self._table[codes]

    def of(self, answer: int, codes: npt.NDArray[Any]) -> Values:
        """Values of one answer for codes, in their shape."""
        if self._columns is None:
            return self._take_apart(codes)[..., answer]
        return self._columns[answer].take(codes)

    def _take_apart(self, codes: npt.NDArray[Any]) -> Values:
        c, head = _apart(codes, self.n_answers)
        said = self._formula(c, head // 2, head % 2 == 1)
        kind: Any = np.int8 if self.n_answers <= _FEW else np.int16
        found: Values = np.ascontiguousarray(said, kind)
        return found


def ranks(codes: npt.NDArray[Any], n_answers: int) -> Values:
    """How many answers have a smaller gradient than each [..., answer]."""
    return _apart(codes, n_answers)[0]


@cache
def signs(n_answers: int) -> Said:
    """Signs of the gradients: −1, 0 or 1."""
    return Said(n_answers, _signs)


@cache
def highest_votes(n_answers: int) -> Said:
    """One vote for the answer of the largest gradient, shared when tied."""
    whole = _whole_vote(n_answers)
    return Said(n_answers, lambda c, *_: _shared(c == c.max(axis=-1, keepdims=True), whole))


@cache
def lowest_votes(n_answers: int) -> Said:
    """One vote for the answer of the smallest gradient, shared when tied."""
    whole = _whole_vote(n_answers)
    return Said(n_answers, lambda c, *_: _shared(c == c.min(axis=-1, keepdims=True), whole))


@cache
def polarity_scores(n_answers: int) -> Said:
    """Of each answer, were it gold: sign g[gold] − Σ_{k≠gold} sign g[k]."""

    def scores(*parts: Any) -> npt.NDArray[Any]:
        sign = _signs(*parts)
        return np.asarray(2 * sign - sign.sum(axis=-1, keepdims=True))

    return Said(n_answers, scores)


@cache
def magnitude_scores(n_answers: int) -> Said:
    """Of each answer, were it gold: Σ_k sign( g[gold] − g[k] )."""
    return Said(n_answers, lambda c, *_: np.sign(c[..., :, None] - c[..., None, :]).sum(axis=-1))


def first_highest(codes: npt.NDArray[Any], n_answers: int) -> npt.NDArray[np.int8]:
    """Argmax of the gradients, the first of tied ones, in the shape of the codes."""
    return _argument(n_answers, "argmax", codes)


def first_lowest(codes: npt.NDArray[Any], n_answers: int) -> npt.NDArray[np.int8]:
    """Argmin of the gradients, the first of tied ones, in the shape of the codes."""
    return _argument(n_answers, "argmin", codes)


def _layout(n_answers: int) -> tuple[int, int]:
    return (_FEW, _FEW) if n_answers <= _FEW else (16, MAX_ANSWERS)


def _ones(values: Tensor) -> Tensor:
    return values.view(torch.uint8)


def _apart(codes: npt.NDArray[Any], n_answers: int) -> tuple[Values, Values]:
    """Ranks c [..., answer], and 2·negatives + [some gradient is zero] [..., 1]."""
    base, places = _layout(n_answers)
    whole = np.asarray(codes).astype(np.int64)[..., None]
    c = (whole // base ** np.arange(n_answers) % base).astype(np.int8)
    return c, (whole // base**places).astype(np.int8)


def _signs(c: Values, negatives: Values, some_zero: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    return np.where(c < negatives, -1, np.where((c == negatives) & some_zero, 0, 1))


def _whole_vote(n_answers: int) -> int:
    """A vote in units that any number of tied answers can share evenly."""
    return 60 if n_answers <= _FEW else 2520


def _shared(winners: npt.NDArray[np.bool_], whole: int) -> npt.NDArray[Any]:
    return np.asarray(winners * (whole // winners.sum(axis=-1, keepdims=True)))


def _argument(n_answers: int, which: str, codes: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
    if n_answers > _FEW:
        return np.asarray(getattr(ranks(codes, n_answers), which)(axis=-1), dtype=np.int8)
    return np.asarray(_arguments(n_answers, which).take(codes))


@cache
def _arguments(n_answers: int, which: str) -> npt.NDArray[np.int8]:
    """Table [code] of an argument of the ranks."""
    table = getattr(ranks(np.arange(n_codes(n_answers)), n_answers), which)(axis=-1)
    return np.asarray(table, dtype=np.int8)
