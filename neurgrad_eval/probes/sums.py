"""What rankings need of prompts, as sums that can be added up in any order.

All sums are of whole numbers, so that adding is exactly associative and commutative: neither the
number of processes nor the order in which they finish changes a bit. Activations are whole too:
those of float16 are multiples of 2⁻²⁴.

The activation score needs the mean of each split before it can count which side of it activations
are on. So there are two passes: `first_pass` sums scores and activations, `second_pass` counts
activations above the means that follow from the first.

Groups of prompts are spread over blocks, by the label of their first prompt in turn, so that blocks
are alike and independent; see `neurgrad_eval.probes.streamed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes.ranking import Split, label_splits, magnitude_score, sums_of_terms

BLOCKS = 8
_UNIT = 2.0**-24
"""The smallest float16 above 0."""

Whole = npt.NDArray[np.int64]


class FirstSums(NamedTuple):
    """Sums of the first pass.

    Attributes
    ----------
    prompts : int64 [block, label]
        Numbers of prompts.
    polarity, magnitude : int64 [block, neuron]
        Scores.
    terms : int64 [block, answer, neuron]
        The polarity score, were every gold answer this one.
    activations : int64 [label, neuron]
        Sums of activations, in units of 2⁻²⁴.
    """

    prompts: Whole
    polarity: Whole
    magnitude: Whole
    terms: Whole
    activations: Whole


def spread(labels: npt.ArrayLike, groups: Sequence[str]) -> Whole:
    """Block [prompt] of each prompt: whole groups go to the blocks in turn, label by label.

    Parameters
    ----------
    labels
        Gold answers [prompt].
    groups
        What belongs together [prompt]; the label of a group is that of its first prompt.
    """
    _, first, member = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    blocks = np.empty(len(first), dtype=np.int64)
    blocks[np.lexsort((first, np.asarray(labels)[first]))] = np.arange(len(first)) % BLOCKS
    return blocks[member]


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
    said = coding.polarity_scores(answers)
    magnitude = np.zeros((BLOCKS, part.n_neurons), dtype=np.int64)
    polarity = np.zeros_like(magnitude)
    terms = np.zeros((BLOCKS, answers, part.n_neurons), dtype=np.int64)
    for block in np.unique(blocks):
        rows = np.flatnonzero(blocks == block)
        codes, gold = part.codes[rows], labels[None, rows]
        (polarity[block],), terms[block] = sums_of_terms(said, codes, gold)
        magnitude[block] = magnitude_score(codes, labels[rows], answers)
    activations = np.zeros((answers, part.n_neurons), dtype=np.int64)
    for row, label in enumerate(labels.tolist()):
        activations[label] += _whole(part.activations[row])
    return FirstSums(prompts, polarity, magnitude, terms, activations)


def means(sums: FirstSums) -> tuple[tuple[Split, ...], npt.NDArray[np.float64]]:
    """Splits of the labels that occur, and the mean activation [split, neuron] of their prompts."""
    counts = sums.prompts.sum(axis=0)
    splits = label_splits(np.flatnonzero(counts).tolist())
    found = [
        sums.activations[both].sum(axis=0) * _UNIT / counts[both].sum()
        for both in (list(split.low + split.high) for split in splits)
    ]
    return splits, np.array(found)


def second_pass(
    part: Features, blocks: Whole, splits: tuple[Split, ...], thresholds: npt.NDArray[np.float64]
) -> Whole:
    """Prompts whose activation is above the split's mean [block, split, side, neuron].

    Of those with gold on the low (0) and on the high (1) side of each split.

    Parameters
    ----------
    part, blocks
        As for `first_pass`.
    splits, thresholds
        As `means` gives them.
    """
    above = np.zeros((BLOCKS, len(splits), 2, part.n_neurons), dtype=np.int64)
    for at, split in enumerate(splits):
        for side, members in enumerate((split.low, split.high)):
            for row in np.flatnonzero(np.isin(part.labels, members)):
                above[blocks[row], at, side] += part.activations[row] > thresholds[at]
    return above


def _whole(activations: npt.NDArray[Any]) -> Whole:
    return (activations.astype(np.float64) / _UNIT).astype(np.int64)
