"""Scores that say how well each single neuron tells the gold answer.

Polarity and magnitude scores are sums over training prompts: those of two sets of prompts add up
to those of their union, whatever the order. The activation score follows Wang et al. (2022),
"Finding skill neurons in pre-trained transformer-based language models".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.codes import Codes, Said
from neurgrad_eval.probes.draws import mix

_COLUMNS = 2048
_BYTE = 255

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
            raise ValueError(f"{count} neurons requested; at least 1 is needed")
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
    (score,), _ = sums_of_terms(coding.polarity_scores(n_answers), codes, np.asarray([labels]))
    return np.asarray(score)


def centred_polarity_score(codes: Codes, labels: npt.ArrayLike, n_answers: int) -> Scores:
    """Polarity score minus what the gold answers' frequencies alone would give, per neuron.

    With n_k of N prompts having gold k, Σ_p ( t[p, gold] − Σ_k n_k/N · t[p, k] ) where t[p, k] is
    the term of the polarity score with k for the gold answer: 0 for a neuron whose signs never
    change. Parameters are those of `polarity_score`.
    """
    gold = np.asarray(labels)
    (score,), terms = sums_of_terms(coding.polarity_scores(n_answers), codes, gold[None])
    return centred(score, terms, np.bincount(gold, minlength=n_answers))


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
    (score,), _ = sums_of_terms(coding.magnitude_scores(n_answers), codes, np.asarray([labels]))
    return np.asarray(score)


def sums_of_terms(
    said: Said, codes: Codes, labels: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Sum the terms of a score over prompts, for several sets of gold answers at once.

    Parameters
    ----------
    said
        Term of each answer, were it the gold one.
    codes
        Coded gradients [prompt, neuron], of fewer than three million prompts: sums of float32 are
        exact below 2²⁴.
    labels
        Gold answers [set, prompt].

    Returns
    -------
    int64 [set, neuron], int64 [answer, neuron]
        The sums, and those that each answer would give were it the gold one of all prompts.
    """
    answers, neurons = said.n_answers, codes.shape[1]
    sums = np.zeros((len(labels), neurons), dtype=np.float32)
    terms = np.zeros((answers, neurons), dtype=np.int64)
    for answer in range(answers):
        gold = (labels == answer).astype(np.float32)
        for start in range(0, neurons, _COLUMNS):
            part = slice(start, start + _COLUMNS)
            found = said.of(answer, codes[:, part]).astype(np.float32)
            sums[:, part] += gold @ found
            terms[answer, part] = found.sum(axis=0)
    return sums.astype(np.int64), terms


@dataclass(frozen=True)
class Split:
    """A question with two sides, each a set of labels."""

    low: tuple[Any, ...]
    high: tuple[Any, ...]


Definitions = Literal["default", "paper"]
"""Ours, or those of the code that the paper released, where the two differ (docs/probes.md)."""


def label_splits(labels: Iterable[Any], definitions: Definitions = "default") -> tuple[Split, ...]:
    """Halve the sorted labels, then each half, until single labels are left.

    The first half has one label more where their number is odd: 0 1 2 gives 01|2 and 0|1; by the
    paper's code it has one less, which gives 0|12 and 1|2.
    """
    members = tuple(sorted(set(labels)))
    if len(members) < 2:
        return ()
    middle = (len(members) + (definitions == "default")) // 2
    low, high = members[:middle], members[middle:]
    below = (label_splits(side, definitions) for side in (low, high))
    return (Split(low, high), *(split for side in below for split in side))


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
        neuron at 0 where they are not. By the paper's code it is the plain one always.
    """

    split: Split
    thresholds: npt.NDArray[np.float64]
    ranking: Ranking


def activation_scores(
    activations: npt.NDArray[np.floating],
    labels: npt.ArrayLike,
    definitions: Definitions = "default",
) -> tuple[SplitScore, ...]:
    """Score every neuron on every split of the labels that occur.

    Parameters
    ----------
    activations
        Values [prompt, neuron].
    labels
        Gold answers [prompt].
    definitions
        Of splits and scores.
    """
    gold = np.asarray(labels)
    return tuple(
        _split_score(activations, gold, split, definitions)
        for split in label_splits(gold.tolist(), definitions)
    )


def activation_ranking(splits: Sequence[SplitScore]) -> Ranking:
    """One ranking of all neurons: each with the score of the split that it tells best.

    Of splits that it tells equally well, the first counts.
    """
    scores = np.stack([score.ranking.scores for score in splits])
    best = np.abs(scores).argmax(axis=0)
    return Ranking.of(np.take_along_axis(scores, best[None], axis=0)[0])


def _split_score(
    activations: npt.NDArray[np.floating],
    gold: npt.NDArray[Any],
    split: Split,
    definitions: Definitions,
) -> SplitScore:
    low, high = (np.isin(gold, side)[None] for side in (split.low, split.high))
    (thresholds,), (scores,) = split_scores(activations, low, high, definitions)
    return SplitScore(split, thresholds, Ranking.of(scores))


def split_scores(
    activations: npt.NDArray[np.floating],
    low: npt.NDArray[np.bool_],
    high: npt.NDArray[np.bool_],
    definitions: Definitions = "default",
) -> tuple[Scores, Scores]:
    """Thresholds and scores [set, neuron] of one split, for several sets of gold answers at once.

    Parameters
    ----------
    activations
        Values [prompt, neuron].
    low, high
        Whether a prompt's gold answer is on that side [set, prompt]; as many in each set.
    definitions
        Of the scores.
    """
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
            exact = values if activations.dtype == np.float64 else values.astype(np.float32)
            above = [_count_above(exact, side, means) for side in sides]
        if definitions == "paper":
            scores[:, part] = (n_low - above[0] + above[1]) / count - 1 / 2
            continue
        recall_low, recall_high = 1 - above[0] / n_low, above[1] / n_high
        scores[:, part] = (recall_low + recall_high - 1) / 2
    return thresholds, scores


def _count_above(
    values: npt.NDArray[np.floating], chosen: npt.NDArray[np.bool_], levels: Scores
) -> Scores:
    """How many of the chosen prompts [set, prompt] have a value above a level [set, column]."""
    near = levels.astype(values.dtype)
    # A float32 is above a float64 where it is above the largest float32 that is not.
    below = np.where(near > levels, np.nextafter(near, values.dtype.type(-np.inf)), near)
    counts = np.zeros(levels.shape)
    for number, rows in enumerate(chosen):
        holds = (values[rows] > below[number]).view(np.uint8)
        for start in range(0, len(holds), _BYTE):  # sums in bytes are fast
            counts[number] += holds[start : start + _BYTE].sum(axis=0, dtype=np.uint8)
    return counts
