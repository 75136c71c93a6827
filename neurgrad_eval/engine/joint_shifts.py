"""Joint shifts: several neurons moved at once, a different set of them in each packed copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.engine.answer_gradients import Sign, Space
from neurgrad_eval.engine.intervention import Shift
from neurgrad_eval.engine.question import Question
from neurgrad_eval.neurons import Indices, from_flat

COPIES = 1024
"""Copies per forward pass; `benchmarks/sweep.py --copies` compares sizes."""
_NEAREST_TO_ONE = 2.0**-53
_ROWS = 32  # copies whose logits are held in float64 at a time

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class JointShift:
    """Neurons that are moved together in one copy, each by its own amount; none for a base."""

    layers: Indices
    indices: Indices
    """Distinct neurons [neuron]."""
    amounts: npt.NDArray[np.float32]
    """What is added to each, in activation units [neuron]."""

    @classmethod
    def single(cls, layer: int, index: int, amount: float) -> JointShift:
        """Shift one neuron."""
        place = np.array([layer, index], dtype=np.int64)
        return cls(place[:1], place[1:], np.array([amount], dtype=np.float32))

    @classmethod
    def of(cls, flat: npt.ArrayLike, amounts: npt.ArrayLike, widths: Sequence[int]) -> JointShift:
        """Shift neurons given by flat number (`neurgrad_eval.neurons`)."""
        layers, indices = from_flat(np.asarray(flat, dtype=np.int64), widths)
        return cls(layers, indices, np.asarray(amounts, dtype=np.float32))


NOTHING = JointShift(
    np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
)
"""Moves no neuron: the base that changes are counted from."""


def copies_within(max_tokens: int | None) -> int:
    """Copies of the last token per pass, if so many tokens are allowed."""
    return COPIES if max_tokens is None else min(COPIES, max_tokens)


def direction(activations: npt.NDArray[Any], sign: Sign) -> npt.NDArray[Any]:
    """How far each activation moves for a shift of 1, by the shift's convention."""
    if sign == "signed":
        return np.ones_like(activations)
    silent = np.array(-1 if sign == "paper" else 0, activations.dtype)
    return np.where(activations == 0, silent, np.sign(activations))


@torch.no_grad()
def shift_jointly(
    question: Question,
    shifts: Sequence[JointShift],
    *,
    space: Space = "hidden",
    copies: int = COPIES,
) -> Floats:
    """Log-probability of the answers after each joint shift, many of them in one forward pass.

    Parameters
    ----------
    question
        The prompt and its answers.
    shifts
        One intervention each.
    space
        Whose coordinates the neurons are.
    copies
        Interventions per forward pass.

    Returns
    -------
    float64 [shift, answer]
        Over the full vocabulary.

    Raises
    ------
    DataError
        The model's output is not finite.
    """
    passes = each_pass(question, shifts, space=space, copies=copies)
    logs = np.concatenate([_log_probabilities(logits, question.answers) for logits in passes])
    if not np.isfinite(logs).all():
        raise DataError("a joint shift gives no finite output; try smaller shifts or float32")
    return logs


def each_pass(
    question: Question,
    shifts: Sequence[JointShift],
    *,
    space: Space = "hidden",
    copies: int = COPIES,
) -> Iterator[Tensor]:
    """Logits [copy, vocabulary] of each forward pass; see `shift_jointly` for the parameters."""
    if copies < 1:
        raise UsageError(f"{copies} copies per pass: at least 1 is needed")
    together = max(1, copies // question.tokens)
    for start in range(0, len(shifts), together):
        chunk = shifts[start : start + together]
        yield question.logits(spread(chunk), len(chunk), space)[0]


def spread(shifts: Sequence[JointShift]) -> dict[int, Shift]:
    """Values to add, by layer: copy c moves the neurons of shift c only."""
    copies = np.repeat(np.arange(len(shifts)), [len(shift.layers) for shift in shifts])
    layers = np.concatenate([shift.layers for shift in shifts])
    indices = np.concatenate([shift.indices for shift in shifts])
    amounts = np.concatenate([shift.amounts for shift in shifts])
    return {
        layer: Shift(*(torch.from_numpy(of[layers == layer]) for of in (copies, indices, amounts)))
        for layer in np.unique(layers).tolist()
    }


def _log_probabilities(logits: Tensor, answers: Sequence[int]) -> Floats:
    """In float64, so that small differences are those of the logits [copy, answer]."""
    parts = []
    for rows in torch.split(logits, _ROWS):
        precise = rows.double()
        parts.append(precise[:, list(answers)] - precise.logsumexp(-1, keepdim=True))
    return torch.cat(parts).cpu().numpy()


def log_odds(logs: Floats) -> Floats:
    """Logarithm of p / (1 − p), from log p; at most about 37, where float64 tells p from 1."""
    return np.asarray(logs - np.log(-np.expm1(np.minimum(logs, -_NEAREST_TO_ONE))))
