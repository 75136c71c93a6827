"""Transfer of a probe between conditions, and how much of it is kept.

1. A probe is fitted to the training prompts of each condition (wording, demonstrations, answer
   symbols, language, task) and tested on the test prompts of every condition: the transfer
   matrix.
2. The sets of best neurons of two conditions are compared: neurons in common, and the rank
   correlation of |score|.
3. One number says how much is kept: (mean accuracy off the diagonal − chance) / (mean accuracy on
   it − chance).
4. Nulls: random neurons of the same layers, which vote with what they learned where the probe was
   fitted; neurons in common after fits to permuted labels; and rank correlations with neurons
   paired at random within their layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt

from mceval8k.errors import UsageError
from mceval8k.statistics import (
    LEVEL,
    Null,
    bootstrap_draws,
    bootstrap_share,
    bounded_share,
    null_of,
    overlap,
    percentile_interval,
)
from neurgrad_eval.experiments._stored import Row, fitted_to_permuted
from neurgrad_eval.inputs.stored import Runs
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.base import VotingProbe
from neurgrad_eval.probes.fitting import VOTING, check_probes, inputs, ranking_of
from neurgrad_eval.probes.matched import exchange_within_layers
from neurgrad_eval.probes.ranking import Ranking
from neurgrad_eval.probes.sets import ask_sets
from neurgrad_eval.runs.settings import Settings, option

Right = Mapping[tuple[str, str], npt.NDArray[np.bool_]]
"""Whether answers are right [set, prompt] by the conditions of fit and of test: of the best
neurons, then of random ones."""


@dataclass(frozen=True, kw_only=True)
class GeneralitySettings(Settings):
    """What is transferred."""

    probes: tuple[str, ...] = option(VOTING, "Probes, with commas between them.")
    neurons: int = option(256, "Neurons that vote, no more than the model has.", least=1)
    null_draws: int = option(
        199, "Permuted labels, random choices of neurons, and random pairings.", least=0
    )
    seed: int = option(
        0, "Seed of nulls and bootstrap; with --vary, items and demonstrations too.", least=0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probes(self.probes, VOTING)


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

    right = {}
    for tested, of in runs.items():
        x = probes[tested].read(inputs(name, of.test))
        for fitted, probe in probes.items():
            right[fitted, tested] = ask_sets(probe, x, choose) == of.test.labels
    return right


def transfers(right: Right, runs: Runs, seed: int) -> Iterator[Row]:
    """The matrix of transfer of one probe, row by row."""
    for fitted, tested in product(runs, repeat=2):
        found, groups = right[fitted, tested], runs[tested].test.groups
        yield {
            "fitted": fitted,
            "tested": tested,
            "accuracy": bootstrap_share(found[:1].T, groups, seed=seed)[0],
            "random": _null(found[1:].mean(axis=1)),
        }


def overlaps(
    name: str, probes: Mapping[str, VotingProbe], runs: Runs, settings: GeneralitySettings
) -> Iterator[Row]:
    """Compare the rankings of each two conditions.

    Labels are permuted by place, and so alike under conditions that ask about the same items in the
    same order: that these have the same noise is then in the null too.
    """
    features = next(iter(runs.values())).test
    seed, draws, everyone = settings.seed, settings.null_draws, np.arange(features.n_neurons)
    count = min(settings.neurons, features.n_neurons)
    best = {key: _best(probe, count, ties) for ties, (key, probe) in enumerate(probes.items())}
    permuted = {
        key: [
            _best(probe, count, ties) for probe in fitted_to_permuted(name, of.train, draws, seed)
        ]
        for ties, (key, of) in enumerate(runs.items())
    }
    ranks = {key: _standardised(np.abs(ranking_of(one).scores)) for key, one in probes.items()}
    exchanges = [exchange_within_layers(features.widths, [seed, draw]) for draw in range(draws)]
    for first, second in combinations(runs, 2):
        sets = overlap(best[first], best[second], len(everyone))
        pairs = zip(permuted[first], permuted[second], strict=True)
        common = np.array([len(np.intersect1d(*pair)) for pair in pairs])
        at_random = [ranks[first][exchange(everyone)] @ ranks[second] for exchange in exchanges]
        yield {
            "first": first,
            "second": second,
            "neurons": count,
            "common": sets.common,
            "jaccard": sets.jaccard,
            "expected": sets.expected,
            "permuted_common": _null(common),
            "p": float((1 + (common >= sets.common).sum()) / (1 + draws)) if draws else None,
            "rank_correlation": float(ranks[first] @ ranks[second]),
            "paired_at_random": _null(np.array(at_random)),
        }


def _null(draws: npt.NDArray[Any]) -> Null | None:
    """Null of a number over draws [draw], if there are any."""
    return null_of(draws[:, None])[0] if len(draws) else None


def _best(probe: VotingProbe, count: int, ties: int) -> Indices:
    """The best neurons, without those that tell nothing; equal ones in an order by a seed."""
    ranking = Ranking.of(ranking_of(probe).scores, ties)
    best = ranking.top(count)
    return np.asarray(best[ranking.orientation[best] != 0], dtype=np.int64)


def _standardised(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ranks, mean ones for equal values, with mean 0 and length 1; 0 where all are equal."""
    from scipy.stats import rankdata

    ranks = rankdata(values) - (len(values) + 1) / 2
    length = np.linalg.norm(ranks)
    return np.asarray(ranks / length if length else ranks)


def kept_of(right: Right, runs: Runs, seed: int) -> Row:
    """Sum the matrix of transfer of one probe up; every condition weighs the same."""
    parts, groups, weights = [], [], []
    for tested, of in runs.items():
        own = right[tested, tested].astype(np.float64)
        others = np.mean([right[fitted, tested] for fitted in runs if fitted != tested], axis=0)
        parts.append(np.concatenate([own[:1], others]).T)
        groups += [f"{of.about.get('task')}:{group}" for group in of.test.groups]
        weights.append(np.full(len(of.test), 1 / len(of.test)))
    values, weight = np.concatenate(parts), np.concatenate(weights)
    means = (weight[:, None] * values).sum(axis=0) / weight.sum()
    own_draws, other_draws = bootstrap_draws(values[:, :2], groups, seed=seed, weights=weight).T
    chance = next(iter(runs.values())).chance
    kept, some = None, own_draws > chance
    if some.mean() > (1 + LEVEL) / 2:  # the interval of `own` lies above chance
        share = float((means[1] - chance) / (means[0] - chance))
        kept = percentile_interval(share, (other_draws[some] - chance) / (own_draws[some] - chance))
    n_groups = len(set(groups))
    return {
        "own": bounded_share(percentile_interval(float(means[0]), own_draws), n_groups),
        "other": bounded_share(percentile_interval(float(means[1]), other_draws), n_groups),
        "loss": percentile_interval(float(means[0] - means[1]), own_draws - other_draws),
        "kept": kept,
        "random": _null(means[2:]),
    }
