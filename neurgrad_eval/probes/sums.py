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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

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


Thresholds = npt.NDArray[np.float64]


class Part(Protocol):
    """Some of the prompts that are ranked by, and what is summed of them."""

    def first(self) -> FirstSums:
        """Sums of the first pass."""

    def above(self, splits: Sequence[Split], thresholds: Thresholds) -> Whole:
        """Sums of the second pass: prompts whose activation is above the split's mean.

        Parameters
        ----------
        splits, thresholds
            As `means` gives them.

        Returns
        -------
        int64 [block, split, side, neuron]
            Of those with gold on the low (0) and on the high (1) side of each split.
        """


AddUp = Callable[[Callable[[Part], Sequence[Whole]]], Sequence[Whole]]
"""Adds up, over all parts, sums that are computed of each."""


@dataclass(frozen=True)
class FeaturePart:
    """Prompts whose features are at hand; `blocks` says to which block [prompt] each belongs."""

    features: Features
    blocks: Whole

    def first(self) -> FirstSums:
        """See `Part`."""
        return first_pass(self.features, self.blocks)

    def above(self, splits: Sequence[Split], thresholds: Thresholds) -> Whole:
        """See `Part`."""
        part = self.features
        return second_pass(part.activations, part.labels, self.blocks, splits, thresholds)


@dataclass(frozen=True)
class TotalPart:
    """Prompts of one block, of which only sums are kept (`neurgrad_eval.features.totals`)."""

    totals: Mapping[str, npt.NDArray[Any]]
    block: int

    def first(self) -> FirstSums:
        """See `Part`."""
        terms = self.totals["terms"]
        counts = np.bincount(self.totals["labels"], minlength=len(terms))
        return FirstSums(
            self._placed(counts),
            self._placed(self.totals["polarity"]),
            self._placed(self.totals["magnitude"]),
            self._placed(terms),
            self.totals.get("sums", np.zeros((0, terms.shape[1]), dtype=np.int64)),
        )

    def above(self, splits: Sequence[Split], thresholds: Thresholds) -> Whole:
        """See `Part`."""
        labels = self.totals["labels"]
        blocks = np.full(len(labels), self.block)
        return second_pass(self.totals["activations"], labels, blocks, splits, thresholds)

    def _placed(self, values: npt.NDArray[Any]) -> Whole:
        """Values of this block [block, ...], with zeros for the others."""
        placed = np.zeros((BLOCKS, *values.shape), dtype=np.int64)
        placed[self.block] = values
        return placed


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


def means(sums: FirstSums) -> tuple[tuple[Split, ...], Thresholds]:
    """Splits of the labels that occur, and the mean activation [split, neuron] of their prompts."""
    counts = sums.prompts.sum(axis=0)
    splits = label_splits(np.flatnonzero(counts).tolist())
    found = [
        sums.activations[both].sum(axis=0) * _UNIT / counts[both].sum()
        for both in (list(split.low + split.high) for split in splits)
    ]
    return splits, np.array(found)


def second_pass(
    activations: npt.NDArray[np.float16],
    labels: Whole,
    blocks: Whole,
    splits: Sequence[Split],
    thresholds: Thresholds,
) -> Whole:
    """Prompts whose activation is above the split's mean; see `Part.above`.

    Parameters
    ----------
    activations
        Values [prompt, neuron].
    labels, blocks
        Gold answer and block of each [prompt].
    splits, thresholds
        As `means` gives them.
    """
    above = np.zeros((BLOCKS, len(splits), 2, activations.shape[1]), dtype=np.int64)
    for at, split in enumerate(splits):
        for side, members in enumerate((split.low, split.high)):
            for row in np.flatnonzero(np.isin(labels, members)):
                above[blocks[row], at, side] += activations[row] > thresholds[at]
    return above


def _whole(activations: npt.NDArray[Any]) -> Whole:
    return (activations.astype(np.float64) / _UNIT).astype(np.int64)
