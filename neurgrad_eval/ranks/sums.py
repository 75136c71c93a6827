"""What rankings need of prompts, as sums that can be merged in any order.

All sums are of whole numbers, so that merging is exactly associative and commutative: neither the
number of processes nor the order in which they finish changes a bit. Activations are whole too:
those of float16 are multiples of 2⁻²⁴.

The activation score needs the mean of each split before it can count which side of it activations
are on. So there are two passes: `first_pass` sums scores and activations, `second_pass` counts
activations above the means that follow from the first.

Prompts are spread over blocks, label by label in turn, so that halves of the blocks are halves of
the prompts; see `neurgrad_eval.ranks.result`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features import Features
from neurgrad_eval.ranking import Split, label_splits, magnitude_score, polarity_score

BLOCKS = 8
_UNIT = 2.0**-24
"""The smallest float16 above 0."""

Whole = npt.NDArray[np.int64]
Sums = TypeVar("Sums", "FirstSums", "SecondSums")


@dataclass(frozen=True)
class FirstSums:
    """Sums of the first pass.

    Attributes
    ----------
    prompts : int64 [block, label]
        Numbers of prompts.
    polarity, magnitude : int64 [block, neuron]
        Scores.
    activations : int64 [label, neuron]
        Sums of activations, in units of 2⁻²⁴.
    """

    prompts: Whole
    polarity: Whole
    magnitude: Whole
    activations: Whole


@dataclass(frozen=True)
class SecondSums:
    """Sums of the second pass.

    Attributes
    ----------
    above : int64 [block, split, side, neuron]
        Prompts whose activation is above the split's mean, of those with gold on the low (0) or
        the high (1) side.
    """

    above: Whole


def merge(one: Sums, other: Sums) -> Sums:
    """Sums over the prompts of both."""
    kind = type(one)
    return kind(*(getattr(one, f.name) + getattr(other, f.name) for f in fields(kind)))


def no_first(n_answers: int, n_neurons: int) -> FirstSums:
    """Sums over no prompts."""
    scores = np.zeros((BLOCKS, n_neurons), dtype=np.int64)
    prompts = np.zeros((BLOCKS, n_answers), dtype=np.int64)
    return FirstSums(prompts, scores, scores, np.zeros((n_answers, n_neurons), dtype=np.int64))


def no_second(n_splits: int, n_neurons: int) -> SecondSums:
    """Sums over no prompts."""
    return SecondSums(np.zeros((BLOCKS, n_splits, 2, n_neurons), dtype=np.int64))


def spread(labels: npt.ArrayLike) -> Whole:
    """Block [prompt] of each prompt: those of a label go to the blocks in turn."""
    gold = np.asarray(labels)
    blocks = np.empty(len(gold), dtype=np.int64)
    for label in np.unique(gold):
        rows = np.flatnonzero(gold == label)
        blocks[rows] = np.arange(len(rows)) % BLOCKS
    return blocks


def first_pass(part: Features, blocks: Whole) -> FirstSums:
    """Sums over some prompts.

    Parameters
    ----------
    part
        Features of the prompts.
    blocks
        Block [prompt] of each.
    """
    answers, labels = part.n_answers, part.labels
    prompts = np.zeros((BLOCKS, answers), dtype=np.int64)
    np.add.at(prompts, (blocks, labels), 1)
    scores = np.zeros((2, BLOCKS, part.n_neurons), dtype=np.int64)
    for block in np.unique(blocks):
        rows = blocks == block
        codes, gold = part.codes[rows], labels[rows]
        scores[0, block] = polarity_score(codes, gold, answers)
        scores[1, block] = magnitude_score(codes, gold, answers)
    activations = np.zeros((answers, part.n_neurons), dtype=np.int64)
    for row, label in enumerate(labels.tolist()):
        activations[label] += _whole(part.activations[row])
    return FirstSums(prompts, scores[0], scores[1], activations)


def second_pass(
    part: Features, blocks: Whole, splits: tuple[Split, ...], thresholds: npt.NDArray[np.float64]
) -> SecondSums:
    """Sums over some prompts, given the mean [split, neuron] of each split."""
    above = np.zeros((BLOCKS, len(splits), 2, part.n_neurons), dtype=np.int64)
    for at, split in enumerate(splits):
        for side, members in enumerate((split.low, split.high)):
            for row in np.flatnonzero(np.isin(part.labels, members)):
                above[blocks[row], at, side] += part.activations[row] > thresholds[at]
    return SecondSums(above)


def means(sums: FirstSums) -> tuple[tuple[Split, ...], npt.NDArray[np.float64]]:
    """Splits of the labels that occur, and the mean activation [split, neuron] of their prompts."""
    counts = sums.prompts.sum(axis=0)
    splits = label_splits(np.flatnonzero(counts).tolist())
    found = [
        sums.activations[both].sum(axis=0) * _UNIT / counts[both].sum()
        for both in (list(split.low + split.high) for split in splits)
    ]
    return splits, np.array(found)


def _whole(activations: npt.NDArray[Any]) -> Whole:
    return (activations.astype(np.float64) / _UNIT).astype(np.int64)
