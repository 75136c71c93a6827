"""Scores that say how well each single neuron tells the gold answer.

Polarity and magnitude scores are sums over training prompts: those of two sets of prompts add up
to those of their union, whatever the order. The activation score follows Wang et al. (2022),
"Finding skill neurons in pre-trained transformer-based language models".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.codes import Codes, Table
from neurgrad_eval.probes.draws import mix

_ROWS = 64
_COLUMNS = 8192

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Neurons in the order of what they tell.

    Attributes
    ----------
    scores : float64 [neuron]
        The larger the absolute value, the more a neuron tells.
    orientation : int8 [neuron]
        Sign of the score: whether the neuron speaks for (1) or against (−1) the gold answer; 0
        for a neuron that tells nothing, and so has no vote.
    order : int64 [neuron]
        Neurons by falling |score|, equal ones by a hash of their number and a seed: an order by
        number would make rankings that have nothing in common share their first neurons.
    """

    scores: Scores
    orientation: npt.NDArray[np.int8]
    order: npt.NDArray[np.int64]

    @classmethod
    def of(cls, scores: npt.ArrayLike, seed: int = 0) -> Ranking:
        """Rank neurons by their scores [neuron]; `seed` is that of the order of equal ones."""
        values = np.asarray(scores, dtype=np.float64)
        drawn = hash_order(len(values), seed)
        order = drawn[np.argsort(-np.abs(values[drawn]), kind="stable")]
        return cls(values, np.sign(values).astype(np.int8), order.astype(np.int64))

    def top(self, count: int) -> npt.NDArray[np.int64]:
        """Flat numbers of the first `count` neurons; of all where there are fewer."""
        if count < 1:
            raise ValueError(f"{count} neurons asked; at least 1 is needed")
        return self.order[:count]

    def ranks(self) -> npt.NDArray[np.int64]:
        """Rank [neuron] of each neuron; 0 is the first."""
        ranks = np.empty_like(self.order)
        ranks[self.order] = np.arange(len(self.order))
        return ranks


@lru_cache(maxsize=8)
def hash_order(count: int, seed: int) -> npt.NDArray[np.int64]:
    """Numbers below `count` in an order that a hash draws."""
    return np.argsort(mix(np.arange(count), seed), kind="stable").astype(np.int64)


def polarity_score(codes: Codes, labels: npt.ArrayLike, n_answers: int) -> npt.NDArray[np.int64]:
    """Σ over prompts of sign g[gold] − Σ_{k≠gold} sign g[k], per neuron.

    With m > 2 answers this is not centred: a neuron whose signs are the same for every prompt,
    with sum S, scores −S·(m − 2)/m per prompt on balanced labels, though it tells nothing; see
    `centred_polarity_score`.

    Parameters
    ----------
    codes
        Coded gradients [prompt, neuron].
    labels
        Gold answers [prompt].
    n_answers
        Number of answers.
    """
    return _sum_over_prompts(coding.polarity_scores(n_answers), codes, labels)


def centred_polarity_score(codes: Codes, labels: npt.ArrayLike, n_answers: int) -> Scores:
    """Polarity score less what the gold answers' frequencies alone would give, per neuron.

    With n_k of N prompts having gold k, Σ_p ( t[p, gold] − Σ_k n_k/N · t[p, k] ) where t[p, k] is
    the term of the polarity score with k for the gold answer: 0 for a neuron whose signs never
    change. Parameters are those of `polarity_score`.
    """
    gold = np.asarray(labels)
    counts = np.bincount(gold, minlength=n_answers)
    score = polarity_score(codes, gold, n_answers)
    terms = [polarity_score(codes, np.full(len(gold), k), n_answers) for k in range(n_answers)]
    return centred(score, np.stack(terms), counts)


def centred(
    polarity: npt.NDArray[np.integer],
    terms: npt.NDArray[np.integer],
    counts: npt.NDArray[np.integer],
) -> Scores:
    """Centre polarity scores: (N·score − Σ_k n_k·terms_k) / N.

    Whole numbers until they are divided, so that the result does not depend on how the sums were
    added up.

    Parameters
    ----------
    polarity
        Scores [..., neuron].
    terms
        Σ over prompts of the score's term, were every gold answer k [answer, neuron].
    counts
        Prompts n_k whose gold answer is k, N in all [..., answer].
    """
    prompts = counts.sum(axis=-1)[..., None]
    expected = sum(counts[..., k, None] * terms[k] for k in range(len(terms)))
    with np.errstate(invalid="ignore"):
        return np.asarray((prompts * polarity - expected) / prompts, dtype=np.float64)


def magnitude_score(codes: Codes, labels: npt.ArrayLike, n_answers: int) -> npt.NDArray[np.int64]:
    """Σ over prompts of Σ_k sign( g[gold] − g[k] ), per neuron; parameters as for polarity."""
    return _sum_over_prompts(coding.magnitude_scores(n_answers), codes, labels)


def _sum_over_prompts(table: Table, codes: Codes, labels: npt.ArrayLike) -> npt.NDArray[np.int64]:
    gold = np.asarray(labels)
    total = np.zeros(codes.shape[1], dtype=np.int64)
    for label in np.unique(gold):
        rows = np.flatnonzero(gold == label)
        column = np.ascontiguousarray(table[:, label])
        for start in range(0, len(rows), _ROWS):
            total += column[codes[rows[start : start + _ROWS]]].sum(axis=0, dtype=np.int64)
    return total


@dataclass(frozen=True)
class Split:
    """A question with two sides, each a set of labels."""

    low: tuple[Any, ...]
    high: tuple[Any, ...]


def label_splits(labels: Iterable[Any]) -> tuple[Split, ...]:
    """Halve the sorted labels, then each half, until single labels are left.

    The first half has one label more where their number is odd: 0 1 2 gives 01|2 and 0|1.
    """
    members = tuple(sorted(set(labels)))
    if len(members) < 2:
        return ()
    middle = (len(members) + 1) // 2
    low, high = members[:middle], members[middle:]
    return (Split(low, high), *label_splits(low), *label_splits(high))


@dataclass(frozen=True)
class SplitScore:
    """How well each neuron's activation tells the sides of one split.

    Attributes
    ----------
    split : Split
    thresholds : float64 [neuron]
        Mean activation over the training prompts whose gold is on either side.
    ranking : Ranking
        By accuracy − ½ of "high where a > threshold", the accuracy being the mean of the two
        sides' recalls: it is the plain one where the sides are of equal size, and keeps a silent
        neuron at 0 where they are not.
    """

    split: Split
    thresholds: npt.NDArray[np.float64]
    ranking: Ranking


def activation_scores(
    activations: npt.NDArray[np.floating], labels: npt.ArrayLike
) -> tuple[SplitScore, ...]:
    """Score every neuron on every split of the labels that occur.

    Parameters
    ----------
    activations
        Values [prompt, neuron].
    labels
        Gold answers [prompt].
    """
    gold = np.asarray(labels)
    return tuple(_split_score(activations, gold, split) for split in label_splits(gold.tolist()))


def activation_ranking(splits: Sequence[SplitScore]) -> Ranking:
    """One ranking of all neurons: each with the score of the split that it tells best.

    Of splits that it tells equally well, the first counts.
    """
    scores = np.stack([score.ranking.scores for score in splits])
    best = np.abs(scores).argmax(axis=0)
    return Ranking.of(np.take_along_axis(scores, best[None], axis=0)[0])


def _split_score(
    activations: npt.NDArray[np.floating], gold: npt.NDArray[Any], split: Split
) -> SplitScore:
    low = np.flatnonzero(np.isin(gold, split.low))
    high = np.flatnonzero(np.isin(gold, split.high))
    both = np.union1d(low, high)
    neurons = activations.shape[1]
    thresholds, scores = np.empty(neurons), np.empty(neurons)
    for start in range(0, neurons, _COLUMNS):
        part = slice(start, start + _COLUMNS)
        thresholds[part] = activations[both, part].mean(axis=0, dtype=np.float64)
        says_high = [activations[side, part] > thresholds[part] for side in (low, high)]
        recall_low, recall_high = 1 - says_high[0].mean(axis=0), says_high[1].mean(axis=0)
        scores[part] = (recall_low + recall_high - 1) / 2
    return SplitScore(split, thresholds, Ranking.of(scores))
