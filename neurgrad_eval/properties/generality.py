"""Generality: whether neurons tell the answer under other conditions too (paper section 5).

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
from scipy.stats import rankdata

from mceval8k.errors import UsageError
from neurgrad_eval.probes import ActivationProbe
from neurgrad_eval.probes.base import GradientProbe, VotingProbe
from neurgrad_eval.properties.fitting import VOTING, check_probes, fit_voting, inputs
from neurgrad_eval.properties.inference import bootstrap_draws, overlap, percentile_interval
from neurgrad_eval.properties.nulls import Null, null_of
from neurgrad_eval.properties.stored import StoredRun
from neurgrad_eval.properties.subsets import Indices, exchange_within_layers
from neurgrad_eval.properties.voting import ask_sets
from neurgrad_eval.ranking import Ranking, activation_ranking
from neurgrad_eval.statistics import Estimate, bootstrap_mean

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GeneralitySettings:
    """What is transferred; values that cannot be used raise UsageError."""

    probes: tuple[str, ...] = VOTING
    neurons: int = 256
    """Neurons that vote, no more than the model has."""
    null_draws: int = 20
    """Random choices of neurons, and random pairings."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_probes(self.probes, VOTING)
        if self.neurons < 1 or self.null_draws < 0 or self.seed < 0:
            raise UsageError("neurons: at least 1; null draws and seed: at least 0")


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


@dataclass(frozen=True)
class Generality:
    """Transfer between conditions."""

    conditions: tuple[str, ...]
    transfers: tuple[Transfer, ...]
    overlaps: tuple[SetOverlap, ...]
    summary: tuple[Kept, ...]
    chance: float


def generality(
    conditions: Mapping[str, StoredRun], settings: GeneralitySettings | None = None
) -> Generality:
    """Transfer of probes between conditions.

    Parameters
    ----------
    conditions
        A run per condition, two at least. Their items may be the same or not; the groups of items
        say what belongs together.
    settings
        Probes and numbers of neurons.

    Raises
    ------
    UsageError
        The runs differ in the number of options or of neurons, or there is one only.
    """
    settings = settings or GeneralitySettings()
    _check(conditions)
    transfers: list[Transfer] = []
    overlaps: list[SetOverlap] = []
    summary: list[Kept] = []
    for name in settings.probes:
        probes = {key: fit_voting(name, run.train.features) for key, run in conditions.items()}
        right = _ask_all(name, probes, conditions, settings)
        transfers.extend(_transfers(name, right, conditions, settings))
        overlaps.extend(_overlaps(name, probes, conditions, settings))
        summary.append(_kept(name, right, conditions, settings))
    chance = next(iter(conditions.values())).chance
    return Generality(tuple(conditions), tuple(transfers), tuple(overlaps), tuple(summary), chance)


def by_language(run: StoredRun) -> dict[str, StoredRun]:
    """Parts of a run by the language of the items, those that have two labels in training.

    Raises
    ------
    UsageError
        Fewer than two languages are left.
    """
    found = {}
    for lang in sorted({*run.train.languages} & {*run.test.languages}):
        parts = [
            part.take(np.flatnonzero(np.asarray(part.languages) == lang))
            for part in (run.train, run.test)
        ]
        if len(np.unique(parts[0].labels)) > 1:
            found[lang] = StoredRun(run.folder, {**run.about, "language": lang}, *parts)
    if len(found) < 2:
        raise UsageError(f"{run.folder}: there are not two languages with two labels in training")
    return found


def ranking_of(probe: VotingProbe) -> Ranking:
    """Ranking of all neurons by a fitted probe."""
    if isinstance(probe, ActivationProbe):
        return activation_ranking(probe.splits_)
    if isinstance(probe, GradientProbe):
        return probe.ranking_
    raise TypeError(f"{type(probe).__name__} has no ranking")


def _check(conditions: Mapping[str, StoredRun]) -> None:
    if len(conditions) < 2:
        raise UsageError("generality needs two conditions at least")
    first, *others = conditions
    for other in others:
        for what in ("n_answers", "widths"):
            own = getattr(conditions[first].test.features, what)
            if getattr(conditions[other].test.features, what) != own:
                raise UsageError(f"conditions {first!r} and {other!r} differ in {what}")


def _ask_all(
    name: str,
    probes: Mapping[str, VotingProbe],
    conditions: Mapping[str, StoredRun],
    settings: GeneralitySettings,
) -> dict[tuple[str, str], npt.NDArray[np.bool_]]:
    """Whether answers are right [set, prompt]: of the best neurons, then of random ones."""
    widths = next(iter(conditions.values())).test.features.widths
    exchanges = [
        exchange_within_layers(widths, [settings.seed, draw]) for draw in range(settings.null_draws)
    ]

    def choose(ranking: Ranking) -> list[Indices]:
        best = ranking.order[: settings.neurons]
        return [best, *(exchange(best) for exchange in exchanges)]

    return {
        (fitted, asked): ask_sets(probe, inputs(name, run.test.features), choose) == run.test.labels
        for asked, run in conditions.items()
        for fitted, probe in probes.items()
    }


def _transfers(
    name: str,
    right: Mapping[tuple[str, str], npt.NDArray[np.bool_]],
    conditions: Mapping[str, StoredRun],
    settings: GeneralitySettings,
) -> Iterator[Transfer]:
    for fitted, asked in product(conditions, repeat=2):
        found, groups = right[fitted, asked], conditions[asked].test.groups
        accuracy = bootstrap_mean(found[:1].T, groups, seed=settings.seed)[0]
        random = null_of(found[1:].mean(axis=1)[:, None])[0] if len(found) > 1 else None
        yield Transfer(name, fitted, asked, accuracy, random)


def _overlaps(
    name: str,
    probes: Mapping[str, VotingProbe],
    conditions: Mapping[str, StoredRun],
    settings: GeneralitySettings,
) -> Iterator[SetOverlap]:
    features = next(iter(conditions.values())).test.features
    rankings = {key: ranking_of(probe) for key, probe in probes.items()}
    ranks = {key: _standardised(np.abs(ranking.scores)) for key, ranking in rankings.items()}
    count = min(settings.neurons, features.n_neurons)
    everyone = np.arange(features.n_neurons)
    for first, second in combinations(conditions, 2):
        sets = overlap(_best(rankings[first], count), _best(rankings[second], count), len(everyone))
        pairings = [
            exchange_within_layers(features.widths, [settings.seed, draw])(everyone)
            for draw in range(settings.null_draws)
        ]
        at_random = [ranks[first][pairing] @ ranks[second] for pairing in pairings]
        null = null_of(np.array(at_random)[:, None])[0] if at_random else None
        correlation = float(ranks[first] @ ranks[second])
        found = (sets.common, sets.jaccard, sets.expected, sets.p)
        yield SetOverlap(name, first, second, count, *found, correlation, null)


def _best(ranking: Ranking, count: int) -> Indices:
    """The best neurons; those that tell nothing are ranked by number, and none of them."""
    best = ranking.top(count)
    return np.asarray(best[ranking.orientation[best] != 0], dtype=np.int64)


def _standardised(values: Matrix) -> Matrix:
    """Ranks, mean ones for equal values, with mean 0 and length 1; 0 where all are equal."""
    ranks = rankdata(values) - (len(values) + 1) / 2
    length = np.linalg.norm(ranks)
    return np.asarray(ranks / length if length else ranks)


def _kept(
    name: str,
    right: Mapping[tuple[str, str], npt.NDArray[np.bool_]],
    conditions: Mapping[str, StoredRun],
    settings: GeneralitySettings,
) -> Kept:
    columns, groups, weights = [], [], []
    for asked, run in conditions.items():
        own = right[asked, asked].astype(np.float64)
        others = np.mean([right[fitted, asked] for fitted in conditions if fitted != asked], axis=0)
        columns.append(np.concatenate([own[:1], others]).T)
        groups += [f"{run.about.get('task')}:{group}" for group in run.test.groups]
        weights.append(np.full(len(run.test), 1 / len(run.test)))
    values, weight = np.concatenate(columns), np.concatenate(weights)
    means = (weight[:, None] * values).sum(axis=0) / weight.sum()
    draws = bootstrap_draws(values[:, :2], groups, seed=settings.seed, weights=weight)
    own_draws, other_draws = draws.T
    chance = next(iter(conditions.values())).chance
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
