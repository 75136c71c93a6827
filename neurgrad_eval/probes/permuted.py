"""Probes fitted to permuted labels, without fitting them one after the other.

With t[p, k] the term of prompt p in a neuron's score were k its gold answer, the score under
permuted labels is Σ_p Σ_k t[p, k]·[label of p is k]: for all permutations and neurons at once it is
one matrix product per answer. Thresholds of the activation probe are matrix products too, and what
is above them is counted. The results are those of `fit_voting`, bit by bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import clone

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes.activation import ActivationProbe
from neurgrad_eval.probes.base import GradientProbe, VotingProbe
from neurgrad_eval.probes.checks import Labels
from neurgrad_eval.probes.fitting import KINDS
from neurgrad_eval.probes.magnitude import MagnitudeProbe
from neurgrad_eval.probes.ranking import (
    Definitions,
    Ranking,
    SplitScore,
    centred,
    label_splits,
    split_scores,
    sums_of_terms,
)
from neurgrad_eval.probes.subsets import permuted_by_groups

_CELLS = 2**24  # scores in memory at a time


def shuffled(features: Features, draws: int, seed: int) -> Labels:
    """Labels of the prompts in as many random orders [draw, prompt]; groups stay together."""
    rngs = [np.random.default_rng((seed, draw)) for draw in range(draws)]
    return np.array([permuted_by_groups(features.labels, features.groups, rng) for rng in rngs])


def refitted(
    name: str,
    features: Features,
    labels: Labels,
    *,
    seed: int = 0,
    definitions: Definitions = "default",
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
    definitions
        Of the probe.

    Raises
    ------
    TypeError
        Neurons do not vote in such a probe.
    """
    probe = KINDS[name].make(features.n_answers, 0, definitions)
    splits = label_splits(labels[0].tolist(), definitions)
    arrays = 2 * len(splits) if isinstance(probe, ActivationProbe) else 1
    most = max(1, _CELLS // (arrays * features.n_neurons))
    for start in range(0, len(labels), most):
        some = labels[start : start + most]
        if isinstance(probe, GradientProbe):
            yield from _by_gradients(probe, features, some, seed)
        elif isinstance(probe, ActivationProbe):
            yield from _by_activations(probe, features, some, seed)
        else:
            raise TypeError(f"{name}: no probe in which neurons vote")


def _by_gradients(
    like: GradientProbe, features: Features, labels: Labels, seed: int
) -> Iterator[VotingProbe]:
    magnitude = isinstance(like, MagnitudeProbe)
    is_centred = getattr(like, "centred", False)
    said = coding.magnitude_scores if magnitude else coding.polarity_scores
    sums, terms = sums_of_terms(said(features.n_answers), features.codes, labels)
    counts = np.bincount(labels[0], minlength=features.n_answers)
    for one in sums:
        scores = centred(one, terms, counts) if is_centred else one
        probe: Any = _unfitted(like, features)
        probe.classes_, probe.n_answers_ = np.arange(features.n_answers), features.n_answers
        probe.ranking_ = Ranking.of(scores, seed)
        yield probe


def _by_activations(
    like: ActivationProbe, features: Features, labels: Labels, seed: int
) -> Iterator[VotingProbe]:
    splits = label_splits(labels[0].tolist(), like.definitions)
    sides = [(np.isin(labels, split.low), np.isin(labels, split.high)) for split in splits]
    found = [split_scores(features.activations, low, high, like.definitions) for low, high in sides]
    for draw in range(len(labels)):
        probe: Any = _unfitted(like, features)
        probe.classes_ = np.unique(labels[0])
        probe.splits_ = tuple(
            SplitScore(split, thresholds[draw], Ranking.of(scores[draw], seed))
            for split, (thresholds, scores) in zip(splits, found, strict=True)
        )
        yield probe


def _unfitted(like: VotingProbe, features: Features) -> Any:
    probe: Any = clone(like)
    probe.n_features_in_ = features.n_neurons
    return probe
