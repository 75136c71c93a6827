"""Efficiency: how few neurons and how few training prompts tell the answer (paper section 5).

1. Each probe is fitted to nested, balanced subsets of the training prompts, several draws of each
   size, and asked with 1, 2, 4, … of its best neurons about the test prompts.
2. What it would reach by chance: fitted to permuted labels; and with random neurons of the same
   layers in the place of the best ones.
3. The smallest number of neurons within one standard error of the best is chosen without the test
   prompts, on validation prompts, or else on a half of the training groups that the other half
   was not fitted to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.properties.fitting import LEARNING, check_probes, fit, fit_voting, inputs
from neurgrad_eval.properties.inference import smallest_within_one_error
from neurgrad_eval.properties.nulls import Null, null_of
from neurgrad_eval.properties.stored import Part, StoredRun
from neurgrad_eval.properties.subsets import balanced_order, exchange_within_layers, halves, powers
from neurgrad_eval.properties.voting import ask_sets, bands
from neurgrad_eval.statistics import Estimate, bootstrap_mean

Right = npt.NDArray[np.float64]


@dataclass(frozen=True)
class EfficiencySettings:
    """How the curves are drawn; values that cannot be used raise UsageError."""

    probes: tuple[str, ...] = ("activation", "polarity", "magnitude")
    most_neurons: int = 2**14
    """Up to which number of neurons; no more than the model has."""
    draws: int = 3
    """Subsets of the training prompts of each size."""
    null_draws: int = 20
    """Permutations of the labels, and random choices of neurons."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_probes(self.probes)
        if self.most_neurons < 1 or self.draws < 1 or self.null_draws < 0 or self.seed < 0:
            raise UsageError("neurons and draws: at least 1; null draws and seed: at least 0")


@dataclass(frozen=True)
class EfficiencyPoint:
    """Accuracy of a probe with so many neurons, fitted to so many prompts."""

    probe: str
    neurons: int
    train_size: int
    draws: int
    """Training subsets over which the accuracy is averaged."""
    accuracy: Estimate
    spread: float | None
    """Standard deviation of the accuracy between the draws; None for a single one."""
    permuted: Null | None
    """Accuracy after a fit to permuted labels; only with all training prompts."""
    random: Null | None
    """Accuracy of random neurons of the same layers; only with all training prompts."""


@dataclass(frozen=True)
class SmallestSet:
    """The smallest number of neurons within one standard error of the best."""

    probe: str
    neurons: int
    chosen_on: str
    """`validation`, or `half of train`."""
    chosen_of: int
    """Prompts on which it was chosen."""
    accuracy: Estimate
    """On the test prompts, fitted to all training prompts."""


@dataclass(frozen=True)
class Efficiency:
    """Curves of one run.

    Attributes
    ----------
    points : tuple of EfficiencyPoint
        Of each probe, by training size and number of neurons.
    smallest : tuple of SmallestSet
        Of each probe in which single neurons vote.
    chance : float
        One over the number of options.
    """

    points: tuple[EfficiencyPoint, ...]
    smallest: tuple[SmallestSet, ...]
    chance: float


def efficiency(run: StoredRun, settings: EfficiencySettings | None = None) -> Efficiency:
    """Accuracy by number of neurons and of training prompts."""
    settings = settings or EfficiencySettings()
    points: list[EfficiencyPoint] = []
    smallest: list[SmallestSet] = []
    for probe in settings.probes:
        points.extend(_curve(probe, run, settings))
        if probe not in LEARNING:
            smallest.append(_smallest(probe, run, settings))
    return Efficiency(tuple(points), tuple(smallest), run.chance)


def _counts(probe: str, n_neurons: int, settings: EfficiencySettings) -> tuple[int, ...]:
    return (n_neurons,) if probe in LEARNING else powers(0, min(settings.most_neurons, n_neurons))


def _curve(probe: str, run: StoredRun, settings: EfficiencySettings) -> list[EfficiencyPoint]:
    counts = _counts(probe, run.test.features.n_neurons, settings)
    found: list[EfficiencyPoint] = []
    no_spread = [None] * len(counts)
    for size in powers(3, len(run.train)):
        draws = settings.draws if size < len(run.train) else 1
        right = np.stack(
            [_right(probe, _subset(run, size, draw, settings), run.test, counts, settings)
             for draw in range(draws)]
        )  # fmt: skip
        nulls: list[tuple[Null | None, Null | None]] = [(None, None)] * len(counts)
        if size == len(run.train):
            nulls = _nulls(probe, run, counts, settings)
        means = bootstrap_mean(right.mean(axis=0), run.test.groups, seed=settings.seed)
        spread = right.mean(axis=1).std(axis=0, ddof=1).tolist() if draws > 1 else no_spread
        rows = zip(counts, means, spread, nulls, strict=True)
        found.extend(
            EfficiencyPoint(probe, count, size, draws, mean, deviation, *null)
            for count, mean, deviation, null in rows
        )
    return found


def _subset(run: StoredRun, size: int, draw: int, settings: EfficiencySettings) -> Part:
    if size == len(run.train):
        return run.train
    return run.train.take(balanced_order(run.train.labels, [settings.seed, draw])[:size])


def _right(
    probe: str, train: Part, asked: Part, counts: Sequence[int], settings: EfficiencySettings
) -> npt.NDArray[np.bool_]:
    """Whether each answer is right [prompt, count]."""
    x = inputs(probe, asked.features)
    if probe in LEARNING:
        answers = fit(probe, train.features, seed=settings.seed).predict(x)[None]
    else:
        fitted = fit_voting(probe, train.features)
        answers = ask_sets(fitted, x, bands((0, *counts)), cumulative=True)
    return np.asarray(answers == asked.labels).T


def _nulls(
    probe: str, run: StoredRun, counts: Sequence[int], settings: EfficiencySettings
) -> list[tuple[Null | None, Null | None]]:
    if probe in LEARNING or not settings.null_draws:
        return [(None, None)] * len(counts)
    train, labels, bounds = run.train.features, run.test.labels, (0, *counts)
    x = inputs(probe, run.test.features)
    fitted = fit_voting(probe, train)
    permuted, random = [], []
    for draw in range(settings.null_draws):
        shuffled = np.random.default_rng([settings.seed, draw]).permutation(train.labels)
        answers = ask_sets(fit_voting(probe, train, shuffled), x, bands(bounds), cumulative=True)
        permuted.append((answers == labels).mean(axis=1))
        exchange = exchange_within_layers(train.widths, [settings.seed, draw])
        answers = ask_sets(fitted, x, bands(bounds, exchange), cumulative=True)
        random.append((answers == labels).mean(axis=1))
    return list(zip(null_of(np.stack(permuted)), null_of(np.stack(random)), strict=True))


def _held_out(run: StoredRun, settings: EfficiencySettings) -> tuple[Part, Part, str]:
    """Prompts to fit to and to choose on, and what the latter are called."""
    if run.validation is not None and len(set(run.validation.groups)) > 1:
        return run.train, run.validation, "validation"
    few = DataError(f"{run.folder}: too few training prompts to choose on a half of them")
    if len(set(run.train.groups)) < 4:
        raise few
    first, second = halves(run.train.groups, settings.seed)
    train, held = run.train.take(first), run.train.take(second)
    if len(np.unique(train.labels)) < 2:
        raise few
    return train, held, "half of train"


def _smallest(probe: str, run: StoredRun, settings: EfficiencySettings) -> SmallestSet:
    counts = _counts(probe, run.test.features.n_neurons, settings)
    train, held, where = _held_out(run, settings)
    right = _right(probe, train, held, counts, settings)
    chosen = smallest_within_one_error(right, counts, held.groups)
    on_test = _right(probe, run.train, run.test, (chosen,), settings)
    accuracy = bootstrap_mean(on_test, run.test.groups, seed=settings.seed)[0]
    return SmallestSet(probe, chosen, where, len(held), accuracy)
