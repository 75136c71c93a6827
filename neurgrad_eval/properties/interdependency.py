"""Interdependency: what neurons tell together beyond what each tells (paper section 5).

1. A random forest learns, from which answer each neuron favours, with trees of several depths and
   in several numbers. A tree of depth 1 asks one neuron, so that such a forest adds up what single
   neurons say; a deeper tree asks a neuron in the light of others.
2. The same neurons vote independently, as in the magnitude probe.
3. Differences of accuracy are paired on the same test prompts: forest less independent vote, and
   forest less the forest of as many trees of depth 1.
4. What it would reach by chance: the largest forest fitted to permuted labels, and to random
   neurons of the same layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier

from mceval8k.errors import UsageError
from neurgrad_eval.features import Features
from neurgrad_eval.properties.fitting import fit_voting
from neurgrad_eval.properties.nulls import Null, null_of
from neurgrad_eval.properties.stored import StoredRun
from neurgrad_eval.properties.subsets import exchange_within_layers
from neurgrad_eval.properties.voting import ask_sets, bands
from neurgrad_eval.statistics import Estimate, bootstrap_mean, paired_difference

Indices = npt.NDArray[np.int64]
_VOTE = "magnitude"


@dataclass(frozen=True)
class InterdependencySettings:
    """Which forests are grown; values that cannot be used raise UsageError."""

    neurons: tuple[int | None, ...] = (256, 1024, None)
    """How many of the best neurons by the magnitude score are read; None for all."""
    depths: tuple[int | None, ...] = (1, 2, 4, 8, 16, None)
    """Of the trees; None for no limit. 1, with which all are compared, is always among them."""
    trees: tuple[int, ...] = (1, 4, 16, 64, 100)
    null_draws: int = 5
    """Permutations of the labels, and random choices of neurons."""
    seed: int = 0
    jobs: int = 1
    """Trees that grow at a time; it does not change the result."""

    def __post_init__(self) -> None:
        for numbers in (self.neurons, self.depths, self.trees):
            if not numbers or any(number is not None and number < 1 for number in numbers):
                raise UsageError("neurons, depths and trees: at least one number, each at least 1")
        if self.null_draws < 0 or self.seed < 0 or self.jobs == 0:
            raise UsageError("null draws and seed: at least 0; jobs: not 0")


@dataclass(frozen=True)
class ForestPoint:
    """A forest on the best neurons."""

    neurons: int
    depth: int | None
    trees: int
    accuracy: Estimate
    over_vote: Estimate
    """Accuracy less that of the same neurons' independent vote."""
    over_depth_1: Estimate
    """Accuracy less that of as many trees of depth 1."""


@dataclass(frozen=True)
class IndependentVote:
    """The same neurons in the magnitude probe, and the largest forest beside it."""

    neurons: int
    accuracy: Estimate
    depth: int | None
    """Of the trees of the largest forest."""
    trees: int
    over_vote: Estimate
    """Largest forest less independent vote."""
    permuted: Null | None
    """Accuracy of the largest forest after a fit to permuted labels."""
    random: Null | None
    """Accuracy of the largest forest on random neurons of the same layers."""


@dataclass(frozen=True)
class Interdependency:
    """Forest surfaces of one run."""

    forests: tuple[ForestPoint, ...]
    votes: tuple[IndependentVote, ...]
    chance: float


def interdependency(
    run: StoredRun, settings: InterdependencySettings | None = None
) -> Interdependency:
    """Accuracy by depth and number of trees, against independent votes of the same neurons."""
    settings = settings or InterdependencySettings()
    there = run.test.features.n_neurons
    forests: list[ForestPoint] = []
    votes: list[IndependentVote] = []
    asked = (there if number is None else min(number, there) for number in settings.neurons)
    for count in dict.fromkeys(asked):
        surface, vote = _of_neurons(run, count, settings)
        forests.extend(surface)
        votes.append(vote)
    return Interdependency(tuple(forests), tuple(votes), run.chance)


def forest_answers(
    train: Features,
    test: Features,
    neurons: Indices,
    *,
    depth: int | None,
    trees: Sequence[int],
    seed: int,
    jobs: int = 1,
    labels: npt.NDArray[np.int64] | None = None,
) -> Indices:
    """Answers [number of trees, prompt] of forests, the smaller of which begin the larger.

    A forest's answer is that of the highest mean of its trees' probabilities, so that one forest
    of the largest size gives the answers of all: they are those that scikit-learn's forests of
    each size give with the same seed.

    Parameters
    ----------
    train, test
        Prompts to fit to and to ask about.
    neurons
        Flat numbers of the neurons that are read.
    depth
        Of the trees; None for no limit.
    trees
        Numbers of trees.
    seed
        Of the forest.
    jobs
        Trees that grow at a time.
    labels
        Other gold answers of the training prompts.
    """
    gold = train.labels if labels is None else labels
    forest = RandomForestClassifier(max(trees), max_depth=depth, random_state=seed, n_jobs=jobs)
    forest.fit(train.highest(neurons), gold)
    asked = test.highest(neurons).astype(np.float32)
    sums = np.zeros((len(asked), len(forest.classes_)))
    answers = {}
    for number, tree in enumerate(forest.estimators_, start=1):
        sums += tree.predict_proba(asked)
        if number in trees:
            answers[number] = forest.classes_[(sums / number).argmax(axis=1)]
    return np.stack([answers[number] for number in trees]).astype(np.int64)


def _of_neurons(
    run: StoredRun, count: int, settings: InterdependencySettings
) -> tuple[list[ForestPoint], IndependentVote]:
    train, test = run.train.features, run.test.features
    probe = fit_voting(_VOTE, train)
    vote = (ask_sets(probe, test.codes, bands((0, count)))[0] == test.labels)[:, None]
    neurons = probe.ranking_.top(count)
    trees = tuple(sorted(settings.trees))
    depths = tuple(dict.fromkeys((1, *sorted(settings.depths, key=_depth_key))))
    right = {depth: _right(run, neurons, depth, trees, settings) for depth in depths}
    points = [
        point for depth in depths for point in _points(run, count, depth, trees, right, vote,
                                                       settings)
    ]  # fmt: skip
    deepest = right[depths[-1]][:, -1:]
    permuted, random = _nulls(run, neurons, depths[-1], trees[-1], settings)
    groups, seed = run.test.groups, settings.seed
    independent = IndependentVote(
        neurons=count,
        accuracy=bootstrap_mean(vote, groups, seed=seed)[0],
        depth=depths[-1],
        trees=trees[-1],
        over_vote=paired_difference(deepest, vote[:, 0], groups, seed=seed)[0],
        permuted=permuted,
        random=random,
    )
    return points, independent


def _depth_key(depth: int | None) -> float:
    return np.inf if depth is None else depth


def _right(
    run: StoredRun,
    neurons: Indices,
    depth: int | None,
    trees: tuple[int, ...],
    settings: InterdependencySettings,
    labels: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.bool_]:
    """Whether each answer is right [prompt, number of trees]."""
    answers = forest_answers(
        run.train.features,
        run.test.features,
        neurons,
        depth=depth,
        trees=trees,
        seed=settings.seed,
        jobs=settings.jobs,
        labels=labels,
    )
    return np.asarray(answers == run.test.labels).T


def _points(
    run: StoredRun,
    count: int,
    depth: int | None,
    trees: tuple[int, ...],
    right: dict[int | None, npt.NDArray[np.bool_]],
    vote: npt.NDArray[np.bool_],
    settings: InterdependencySettings,
) -> list[ForestPoint]:
    groups, seed = run.test.groups, settings.seed
    own = right[depth]
    accuracies = bootstrap_mean(own, groups, seed=seed)
    over_vote = paired_difference(own, vote[:, 0], groups, seed=seed)
    alone = own.astype(np.int64) - right[1].astype(np.int64)
    over_depth_1 = bootstrap_mean(alone, groups, seed=seed)
    rows = zip(trees, accuracies, over_vote, over_depth_1, strict=True)
    return [ForestPoint(count, depth, *row) for row in rows]


def _nulls(
    run: StoredRun,
    neurons: Indices,
    depth: int | None,
    trees: int,
    settings: InterdependencySettings,
) -> tuple[Null | None, Null | None]:
    permuted, random = [], []
    for draw in range(settings.null_draws):
        seed = [settings.seed, draw]
        labels = np.random.default_rng(seed).permutation(run.train.labels)
        permuted.append(_right(run, neurons, depth, (trees,), settings, labels).mean(axis=0))
        if len(neurons) < run.test.features.n_neurons:
            others = exchange_within_layers(run.test.features.widths, seed)(neurons)
            random.append(_right(run, others, depth, (trees,), settings).mean(axis=0))
    return (
        null_of(np.stack(permuted))[0] if permuted else None,
        null_of(np.stack(random))[0] if random else None,
    )
