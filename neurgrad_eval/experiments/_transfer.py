"""Transfer of a probe between conditions, and how much of it is kept.

1. A probe is fitted to the training prompts of each condition (wording, demonstrations, answer
   symbols, language, task) and asked about the test prompts of every condition: the transfer
   matrix.
2. The sets of best neurons of two conditions are compared: neurons in common, with the
   hypergeometric probability of as many by chance, and the rank correlation of |score|.
3. One number says how much is kept: (mean accuracy off the diagonal − chance) / (mean accuracy on
   it − chance).
4. Nulls: random neurons of the same layers, which vote with what they learned where the probe was
   fitted; and rank correlations with neurons paired at random within their layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from mceval8k.errors import UsageError
from mceval8k.statistics import (
    Estimate,
    Null,
    bootstrap_draws,
    bootstrap_mean,
    null_of,
    overlap,
    percentile_interval,
)
from neurgrad_eval.inputs.stored import StoredRun
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.base import VotingProbe
from neurgrad_eval.probes.fitting import VOTING, check_probes, inputs, ranking_of
from neurgrad_eval.probes.matched import exchange_within_layers
from neurgrad_eval.probes.ranking import Ranking
from neurgrad_eval.probes.sets import ask_sets
from neurgrad_eval.runs.settings import Settings, option

Runs = Mapping[str, StoredRun]
"""Runs by condition."""
Right = Mapping[tuple[str, str], npt.NDArray[np.bool_]]
"""Whether answers are right [set, prompt] by the conditions of fit and of asking: of the best
neurons, then of random ones."""


@dataclass(frozen=True, kw_only=True)
class GeneralitySettings(Settings):
    """What is transferred."""

    probes: tuple[str, ...] = option(VOTING, "Probes, with commas between them.")
    neurons: int = option(256, "Neurons that vote, no more than the model has.", least=1)
    null_draws: int = option(20, "Random choices of neurons, and random pairings.", least=0)
    seed: int = option(
        0, "Decides nulls and bootstrap; with --vary, items and demonstrations too.", least=0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probes(self.probes, VOTING)


@dataclass(frozen=True)
class Transfer:
    """A probe fitted under one condition and asked under another."""

    probe: str
    fitted: str
    asked: str
    accuracy: Estimate
    random: Null | None
    """Accuracy of random neurons of the same layers."""


@dataclass(frozen=True)
class SetOverlap:
    """The best neurons of two conditions."""

    probe: str
    first: str
    second: str
    neurons: int
    """In each set."""
    common: int
    jaccard: float
    """Common neurons over those in either set."""
    expected: float
    """Common neurons, were the sets drawn at random."""
    p: float
    """Hypergeometric probability of as many common ones or more."""
    rank_correlation: float
    """Spearman's, of |score| over all neurons."""
    paired_at_random: Null | None
    """The same with neurons paired at random within their layers."""


@dataclass(frozen=True)
class Kept:
    """What is kept on the way from one condition to another."""

    probe: str
    own: Estimate
    """Mean accuracy where fitted and asked under the same condition."""
    other: Estimate
    """Mean accuracy under other conditions than that of the fit."""
    loss: Estimate
    """Own less other, on the same test prompts."""
    kept: Estimate | None
    """(other − chance) / (own − chance); None where own is not above chance."""
    random: Null | None
    """Mean accuracy under other conditions of random neurons of the same layers."""


def check_comparable(runs: Runs) -> None:
    """Raise UsageError for runs that differ in the number of answers or neurons, or for one."""
    if len(runs) < 2:
        raise UsageError("generality needs two conditions at least")
    first, *others = runs
    for other in others:
        for what in ("n_answers", "widths"):
            if getattr(runs[other].test, what) != getattr(runs[first].test, what):
                raise UsageError(f"conditions {first!r} and {other!r} differ in {what}")


def ask_all(
    name: str, probes: Mapping[str, VotingProbe], runs: Runs, settings: GeneralitySettings
) -> Right:
    """Ask a probe that is fitted under each condition about the test prompts of every one."""
    widths = next(iter(runs.values())).test.widths
    exchanges = [
        exchange_within_layers(widths, [settings.seed, draw]) for draw in range(settings.null_draws)
    ]

    def choose(ranking: Ranking) -> list[Indices]:
        best = ranking.order[: settings.neurons]
        return [best, *(exchange(best) for exchange in exchanges)]

    return {
        (fitted, asked): ask_sets(probe, inputs(name, of.test), choose) == of.test.labels
        for asked, of in runs.items()
        for fitted, probe in probes.items()
    }


def transfers(
    name: str, right: Right, runs: Runs, settings: GeneralitySettings
) -> Iterator[Transfer]:
    """The matrix of transfer of one probe, row by row."""
    for fitted, asked in product(runs, repeat=2):
        found, groups = right[fitted, asked], runs[asked].test.groups
        accuracy = bootstrap_mean(found[:1].T, groups, seed=settings.seed)[0]
        random = null_of(found[1:].mean(axis=1)[:, None])[0] if len(found) > 1 else None
        yield Transfer(name, fitted, asked, accuracy, random)


def overlaps(
    name: str, probes: Mapping[str, VotingProbe], runs: Runs, settings: GeneralitySettings
) -> Iterator[SetOverlap]:
    """Compare the rankings of each two conditions."""
    features = next(iter(runs.values())).test
    rankings = {key: ranking_of(probe) for key, probe in probes.items()}
    ranks = {key: _standardised(np.abs(ranking.scores)) for key, ranking in rankings.items()}
    count = min(settings.neurons, features.n_neurons)
    everyone = np.arange(features.n_neurons)
    pairings = [
        exchange_within_layers(features.widths, [settings.seed, draw])(everyone)
        for draw in range(settings.null_draws)
    ]
    for first, second in combinations(runs, 2):
        sets = overlap(_best(rankings[first], count), _best(rankings[second], count), len(everyone))
        at_random = [ranks[first][pairing] @ ranks[second] for pairing in pairings]
        null = null_of(np.array(at_random)[:, None])[0] if at_random else None
        correlation = float(ranks[first] @ ranks[second])
        found = (sets.common, sets.jaccard, sets.expected, sets.p)
        yield SetOverlap(name, first, second, count, *found, correlation, null)


def _best(ranking: Ranking, count: int) -> Indices:
    """The best neurons; those that tell nothing are ranked by number, and none of them."""
    best = ranking.top(count)
    return np.asarray(best[ranking.orientation[best] != 0], dtype=np.int64)


def _standardised(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ranks, mean ones for equal values, with mean 0 and length 1; 0 where all are equal."""
    from scipy.stats import rankdata

    ranks = rankdata(values) - (len(values) + 1) / 2
    length = np.linalg.norm(ranks)
    return np.asarray(ranks / length if length else ranks)


def kept_of(name: str, right: Right, runs: Runs, settings: GeneralitySettings) -> Kept:
    """Sum the matrix of transfer of one probe up; every condition weighs the same."""
    parts, groups, weights = [], [], []
    for asked, of in runs.items():
        own = right[asked, asked].astype(np.float64)
        others = np.mean([right[fitted, asked] for fitted in runs if fitted != asked], axis=0)
        parts.append(np.concatenate([own[:1], others]).T)
        groups += [f"{of.about.get('task')}:{group}" for group in of.test.groups]
        weights.append(np.full(len(of.test), 1 / len(of.test)))
    values, weight = np.concatenate(parts), np.concatenate(weights)
    means = (weight[:, None] * values).sum(axis=0) / weight.sum()
    draws = bootstrap_draws(values[:, :2], groups, seed=settings.seed, weights=weight)
    own_draws, other_draws = draws.T
    chance = next(iter(runs.values())).chance
    estimate = percentile_interval(float(means[0]), own_draws)
    kept = None
    if estimate.low > chance:
        share = float((means[1] - chance) / (means[0] - chance))
        # At most one draw in forty has nothing that could be kept.
        some = own_draws > chance
        kept = percentile_interval(share, (other_draws[some] - chance) / (own_draws[some] - chance))
    return Kept(
        probe=name,
        own=estimate,
        other=percentile_interval(float(means[1]), other_draws),
        loss=percentile_interval(float(means[0] - means[1]), own_draws - other_draws),
        kept=kept,
        random=null_of(means[2:, None])[0] if len(means) > 2 else None,
    )
