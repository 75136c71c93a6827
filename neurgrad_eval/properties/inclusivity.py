"""Inclusivity: how many different sets of neurons tell the answer (paper section 5).

1. The ranking is cut into bands of equal size, and each band answers the test prompts alone. A band
   is above chance where the test of `inference.above_chance` says so: the p values are adjusted by
   Holm's method for all bands of the probe.
2. All neurons are dealt at random into sets of equal size that have none in common. Those count
   whose accuracy is at least that of the best ranked set of that size less its standard error.
3. What both would give if the neurons knew nothing: the same after a fit to permuted labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mceval8k.errors import UsageError
from neurgrad_eval.probes.base import VotingProbe
from neurgrad_eval.properties.fitting import VOTING, check_probes, fit_voting, inputs
from neurgrad_eval.properties.inference import above_chance, standard_errors
from neurgrad_eval.properties.nulls import Null, null_of
from neurgrad_eval.properties.stored import StoredRun
from neurgrad_eval.properties.subsets import disjoint_sets
from neurgrad_eval.properties.voting import ask_sets, bands
from neurgrad_eval.statistics import Estimate, bootstrap_mean, holm

ALPHA = 0.05


@dataclass(frozen=True)
class InclusivitySettings:
    """Which sets are asked; values that cannot be used raise UsageError."""

    probes: tuple[str, ...] = VOTING
    band: int = 256
    """Neurons in a rank band."""
    sizes: tuple[int, ...] = (16, 64, 256, 1024)
    """Neurons in a random set; sizes beyond half of the model's neurons are left out."""
    most_sets: int = 100
    """Random sets of each size at most."""
    null_draws: int = 5
    """Permutations of the labels."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_probes(self.probes, VOTING)
        if min(self.band, self.most_sets, *self.sizes) < 1:
            raise UsageError("sizes of bands and sets, and numbers of sets: at least 1")
        if self.null_draws < 0 or self.seed < 0:
            raise UsageError("null draws and seed: at least 0")


@dataclass(frozen=True)
class RankBand:
    """Neurons of successive ranks, asked alone."""

    probe: str
    first_rank: int
    """1 is the best neuron's."""
    last_rank: int
    accuracy: Estimate
    lift: float
    """Accuracy less the agreement of answers given without regard to the item."""
    p: float
    """One-sided p value of no lift, adjusted by Holm's method."""
    above_chance: bool
    """Whether p is below 0.05."""
    permuted: Null | None
    """Accuracy after a fit to permuted labels."""


@dataclass(frozen=True)
class Depth:
    """How far down the ranking bands are above chance."""

    probe: str
    unbroken: int
    """Last rank of the bands that are above chance with all those before them; 0 for none."""
    deepest: int
    """Last rank of the lowest band that is above chance; 0 for none."""
    above: int
    """Bands above chance."""
    bands: int


@dataclass(frozen=True)
class RandomSets:
    """Random sets of equal size that have no neuron in common.

    Attributes
    ----------
    accuracies : float64 [set]
    """

    probe: str
    size: int
    best_ranked: Estimate
    """Accuracy of as many neurons from the top of the ranking."""
    threshold: float
    """That accuracy less its standard error."""
    accuracies: npt.NDArray[np.float64]
    reach: int
    """Sets whose accuracy is at least the threshold."""
    permuted_reach: Null | None
    """Sets that reach it after a fit to permuted labels."""


@dataclass(frozen=True)
class Inclusivity:
    """Bands and random sets of one run."""

    bands: tuple[RankBand, ...]
    depths: tuple[Depth, ...]
    random_sets: tuple[RandomSets, ...]
    chance: float


def inclusivity(run: StoredRun, settings: InclusivitySettings | None = None) -> Inclusivity:
    """Accuracy of successive rank bands and of random disjoint sets."""
    settings = settings or InclusivitySettings()
    found: list[RankBand] = []
    depths: list[Depth] = []
    sets: list[RandomSets] = []
    for name in settings.probes:
        probe = fit_voting(name, run.train.features)
        rng = [np.random.default_rng([settings.seed, i]) for i in range(settings.null_draws)]
        shuffled = [draw.permutation(run.train.labels) for draw in rng]
        permuted = [fit_voting(name, run.train.features, labels) for labels in shuffled]
        own = _bands(name, probe, permuted, run, settings)
        found.extend(own)
        depths.append(depth_of(own))
        sizes = [size for size in settings.sizes if 2 * size <= run.test.features.n_neurons]
        sets.extend(_random_sets(name, probe, permuted, size, run, settings) for size in sizes)
    return Inclusivity(tuple(found), tuple(depths), tuple(sets), run.chance)


def depth_of(ranked: list[RankBand]) -> Depth:
    """Depth of the bands of one probe, the best one first."""
    above = [band.above_chance for band in ranked]
    unbroken = above.index(False) if False in above else len(above)
    deepest = max((band.last_rank for band in ranked if band.above_chance), default=0)
    last = ranked[unbroken - 1].last_rank if unbroken else 0
    return Depth(ranked[0].probe, last, deepest, sum(above), len(above))


def _bands(
    name: str,
    probe: VotingProbe,
    permuted: list[VotingProbe],
    run: StoredRun,
    settings: InclusivitySettings,
) -> list[RankBand]:
    test, n_neurons = run.test, run.test.features.n_neurons
    x = inputs(name, test.features)
    bounds = [*range(0, n_neurons, settings.band), n_neurons]
    answers = ask_sets(probe, x, bands(bounds))
    accuracies = bootstrap_mean((answers == test.labels).T, test.groups, seed=settings.seed)
    chance = above_chance(answers.T, test.labels, test.groups)
    adjusted = holm(chance.p)
    nulls: list[Null | None] = [None] * len(accuracies)
    if permuted:
        drawn = [(ask_sets(other, x, bands(bounds)) == test.labels).mean(1) for other in permuted]
        nulls = list(null_of(np.stack(drawn)))
    return [
        RankBand(name, start + 1, stop, accuracy, float(lift), float(p), bool(p < ALPHA), null)
        for start, stop, accuracy, lift, p, null in zip(
            bounds[:-1], bounds[1:], accuracies, chance.lift, adjusted, nulls, strict=True
        )
    ]


def _random_sets(
    name: str,
    probe: VotingProbe,
    permuted: list[VotingProbe],
    size: int,
    run: StoredRun,
    settings: InclusivitySettings,
) -> RandomSets:
    test = run.test
    x = inputs(name, test.features)
    best = (ask_sets(probe, x, bands((0, size))) == test.labels).T
    ranked = bootstrap_mean(best, test.groups, seed=settings.seed)[0]
    threshold = ranked.value - float(standard_errors(best, test.groups)[0])
    seed = [settings.seed, size]
    sets = disjoint_sets(test.features.n_neurons, size, settings.most_sets, seed)
    found = [
        (ask_sets(one, x, lambda _: sets) == test.labels).mean(axis=1) for one in (probe, *permuted)
    ]
    reach = [int((accuracies >= threshold).sum()) for accuracies in found]
    null = null_of(np.array(reach[1:])[:, None])[0] if permuted else None
    return RandomSets(name, size, ranked, threshold, found[0], reach[0], null)
