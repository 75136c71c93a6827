"""Probes fitted to permuted labels, without fitting them one after the other.

With t[p, k] the term of prompt p in a neuron's score were k its gold answer, the score under
permuted labels is Σ_p Σ_k t[p, k]·[label of p is k]: for all permutations and neurons at once it is
one matrix product per answer, exact in float32 as long as sums stay below 2²⁴. Thresholds of the
activation probe are matrix products too; what is above them is counted. The results are those of
`fit_voting`, bit by bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.codes import Codes, Table
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes.activation import ActivationProbe
from neurgrad_eval.probes.base import GradientProbe, Labels, VotingProbe
from neurgrad_eval.probes.fitting import KINDS
from neurgrad_eval.probes.ranking import Ranking, Scores, SplitScore, centred, label_splits

_COLUMNS = 2048
_CELLS = 2**24  # scores in memory at a time
_BYTE = 255


def shuffled(labels: Labels, draws: int, seed: int) -> Labels:
    """Labels [prompt] in as many random orders [draw, prompt]."""
    return np.array(
        [np.random.default_rng((seed, draw)).permutation(labels) for draw in range(draws)]
    )


def refitted(
    name: str, features: Features, labels: Labels, *, seed: int = 0
) -> Iterator[VotingProbe]:
    """Yield a probe in which single neurons vote, fitted to each of several permutations.

    Parameters
    ----------
    name
        Of the probe.
    features
        Training prompts.
    labels
        Gold answers [draw, prompt]: the same in different orders, as `shuffled` makes them.
    seed
        Of the order of neurons whose scores are equal.

    Raises
    ------
    TypeError
        Neurons do not vote in such a probe.
    """
    probe = KINDS[name].make(features.n_answers, seed=0)
    splits = label_splits(labels[0].tolist())
    arrays = 2 * len(splits) if isinstance(probe, ActivationProbe) else 1
    most = max(1, _CELLS // (arrays * features.n_neurons))
    for start in range(0, len(labels), most):
        some = labels[start : start + most]
        if isinstance(probe, GradientProbe):
            yield from _by_gradients(name, features, some, seed)
        elif isinstance(probe, ActivationProbe):
            yield from _by_activations(name, features, some, seed)
        else:
            raise TypeError(f"{name}: no probe in which neurons vote")


def _by_gradients(
    name: str, features: Features, labels: Labels, seed: int
) -> Iterator[VotingProbe]:
    magnitude = name == "magnitude"
    table = coding.magnitude_scores if magnitude else coding.polarity_scores
    sums, terms = _sums(table(features.n_answers), features.codes, labels)
    counts = np.bincount(labels[0], minlength=features.n_answers)
    for one in sums:
        scores = one if name != "centred" else centred(one.astype(np.int64), terms, counts)
        probe: Any = _unfitted(name, features)
        probe.classes_, probe.n_answers_ = np.arange(features.n_answers), features.n_answers
        probe.ranking_ = Ranking.of(scores, seed)
        yield probe


def _by_activations(
    name: str, features: Features, labels: Labels, seed: int
) -> Iterator[VotingProbe]:
    splits = label_splits(labels[0].tolist())
    found = [
        _split(features.activations, np.isin(labels, split.low), np.isin(labels, split.high))
        for split in splits
    ]
    for draw in range(len(labels)):
        probe: Any = _unfitted(name, features)
        probe.classes_ = np.unique(labels[0])
        probe.splits_ = tuple(
            SplitScore(split, thresholds[draw], Ranking.of(scores[draw], seed))
            for split, (thresholds, scores) in zip(splits, found, strict=True)
        )
        yield probe


def _unfitted(name: str, features: Features) -> Any:
    probe = KINDS[name].make(features.n_answers, seed=0)
    probe.n_features_in_ = features.n_neurons
    return probe


def _sums(
    table: Table, codes: Codes, labels: Labels
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Scores [draw, neuron], and the sums [answer, neuron] of all prompts' terms."""
    answers, neurons = table.shape[1], codes.shape[1]
    sums = np.zeros((len(labels), neurons), dtype=np.float32)
    terms = np.zeros((answers, neurons), dtype=np.int64)
    for answer in range(answers):
        gold = (labels == answer).astype(np.float32)
        column = np.ascontiguousarray(table[:, answer], dtype=np.float32)
        for start in range(0, neurons, _COLUMNS):
            part = slice(start, start + _COLUMNS)
            said = column[codes[:, part]]
            sums[:, part] += gold @ said
            terms[answer, part] = said.sum(axis=0)
    return sums, terms


def _split(
    activations: npt.NDArray[np.floating], low: npt.NDArray[np.bool_], high: npt.NDArray[np.bool_]
) -> tuple[Scores, Scores]:
    """Thresholds and scores [draw, neuron] of the split into some prompts [draw, prompt]."""
    both, sides = low | high, (low, high)
    count, (n_low, n_high) = int(both[0].sum()), (int(side[0].sum()) for side in sides)
    thresholds, scores = np.empty((2, len(low), activations.shape[1]))
    for start in range(0, activations.shape[1], _COLUMNS):
        part = slice(start, start + _COLUMNS)
        values = activations[:, part].astype(np.float64)
        thresholds[:, part] = means = both.astype(np.float64) @ values / count
        if both.all():
            is_above = (values > means[0]).astype(np.float32)
            above = [(side.astype(np.float32) @ is_above).astype(np.float64) for side in sides]
        else:
            above = [_count_above(values.astype(np.float32), side, means) for side in sides]
        recall_low, recall_high = 1 - above[0] / n_low, above[1] / n_high
        scores[:, part] = (recall_low + recall_high - 1) / 2
    return thresholds, scores


def _count_above(
    values: npt.NDArray[np.float32], chosen: npt.NDArray[np.bool_], levels: Scores
) -> Scores:
    """How many of the chosen prompts [draw, prompt] have a value above a level [draw, column]."""
    near = levels.astype(np.float32)
    # A float32 is above a float64 where it is above the largest float32 that is not.
    below = np.where(near > levels, np.nextafter(near, np.float32(-np.inf)), near)
    counts = np.zeros(levels.shape)
    for draw, rows in enumerate(chosen):
        holds = (values[rows] > below[draw]).view(np.uint8)
        for start in range(0, len(holds), _BYTE):  # sums in bytes are fast
            counts[draw] += holds[start : start + _BYTE].sum(axis=0, dtype=np.uint8)
    return counts
