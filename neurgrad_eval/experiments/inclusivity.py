"""Accuracy of rank bands and of random disjoint sets of neurons, from stored features.

Inclusivity: how many different sets of neurons tell the answer (paper section 5).

1. The ranking is cut into bands of equal size, and each band answers the test prompts alone. A band
   is above chance where the test of `mceval8k.statistics.above_chance` says so: the p values are
   adjusted by Holm's method for all bands of the probe.
2. All neurons are dealt at random into sets of equal size that have none in common. Those count
   whose accuracy is at least that of the best ranked set of that size minus its standard error.
3. What both would give if the neurons knew nothing: the same after a fit to permuted labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from mceval8k.statistics import (
    above_chance,
    bootstrap_share,
    holm,
    null_of,
    standard_errors,
)
from neurgrad_eval.experiments._stored import OnRuns, Row, fitted_to_permuted
from neurgrad_eval.features.features import Features
from neurgrad_eval.inputs.stored import RunsInput, given, given_sources
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.fitting import VOTING, check_probes, fit_voting, inputs
from neurgrad_eval.probes.ranking import Ranking
from neurgrad_eval.probes.sets import ask_sets, bands
from neurgrad_eval.probes.subsets import disjoint_sets
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import Settings, option
from neurgrad_eval.show.views import Chart, View

ALPHA = 0.05
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class InclusivitySettings(Settings):
    """Which sets are tested."""

    probes: tuple[str, ...] = option(VOTING, "Probes, with commas between them.")
    band: int = option(256, "Neurons in a rank band.", least=1)
    sizes: tuple[int, ...] = option(
        (16, 64, 256, 1024),
        "Neurons in a random set; sizes beyond half of the model's neurons are left out.",
        least=1,
    )
    most_sets: int = option(100, "Maximum number of random sets of each size.", least=1)
    null_draws: int = option(199, "Permutations of the labels.", least=0)
    seed: int = option(0, "Seed of sets, permutations and bootstrap.", least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probes(self.probes, VOTING)


@dataclass(frozen=True, kw_only=True)
class InclusivityOptions(InclusivitySettings, RunsInput):
    """Options of `neurgrad inclusivity`."""


_SETS = Chart("lines", "size", "mean", "probe", level="chance", log_x=True)


class Inclusivity(OnRuns):
    """Bands and random sets of each probe on each run."""

    name = "inclusivity"
    Settings, Options = InclusivitySettings, InclusivityOptions
    lead = (
        "How far down the ranking do neurons still tell the answer, and is there one set of skill "
        "neurons, or are there many?"
    )
    shows = (
        View(
            "By rank",
            "bands",
            "The ranking was cut into bands of equal size, and each band voted alone. A band is "
            "above chance where its answers agree with the right ones more often than answers "
            "given without regard to the question would, with a one-sided p value below 0.05 after "
            "Holm's correction for the number of bands.",
            Chart("lines", "last_rank", "lift", "probe", level=0.0, y_title="accuracy over chance"),
            "probe first_rank last_rank accuracy lift p permuted",
            each="run",
            folded=True,
            printed=False,
        ),
        View(
            "How far down",
            "depths",
            "The unbroken depth is the last rank of the bands that are above chance together with "
            "all bands before them; the deepest rank is that of the lowest band that is.",
            columns="probe unbroken deepest above bands",
            each="run",
        ),
        View(
            "Disjoint sets",
            "random_sets",
            "All neurons were dealt at random into sets that have none in common, and each set "
            "voted alone; beside their mean accuracy are the worst and the best of them. Those are "
            "counted that reach the threshold: the accuracy of as many neurons from the top of the "
            "ranking, minus its standard error. The last column is how many reach it by a fit to "
            "permuted labels: where it is of the same size, the count says nothing, since the best "
            "ranked set itself is no better than chance.",
            replace(
                _SETS,
                references="best_ranked best worst",
                x_title="neurons in a set",
                y_title="accuracy",
            ),
            "probe size best_ranked threshold mean worst best sets reach permuted_reach",
            each="run",
        ),
    )

    def measure(self, unit: tuple[str, str]) -> dict[str, list[Row]]:
        """Bands and random sets of one probe, all tested with each fit at once."""
        name, probe = unit
        of, s = self.sources[name], self.settings
        test, fitted = of.test, fit_voting(probe, of.train)
        x = fitted.read(inputs(probe, test))
        bounds = [*range(0, test.n_neurons, s.band), test.n_neurons]
        sets = {
            size: disjoint_sets(test.n_neurons, size, s.most_sets, [s.seed, size])
            for size in s.sizes
            if 2 * size <= test.n_neurons
        }

        def choose(ranking: Ranking) -> list[Indices]:
            return [*bands(bounds)(ranking), *chain.from_iterable(sets.values())]

        answers = ask_sets(fitted, x, choose)
        draws = fitted_to_permuted(probe, of.train, s.null_draws, s.seed)
        shuffled = [(ask_sets(one, x, choose) == test.labels).mean(axis=1) for one in draws]
        permuted = np.array(shuffled).reshape(s.null_draws, len(answers))
        ends = np.cumsum([len(bounds) - 1, *map(len, sets.values())])
        ranked = rank_bands(bounds, answers[: ends[0]], permuted[:, : ends[0]], test, s.seed)
        random, each = [], []
        for size, start, stop in zip(sets, ends, ends[1:], strict=False):
            best = ask_sets(fitted, x, bands((0, size)))[0] == test.labels
            own = (answers[start:stop] == test.labels).mean(axis=1)
            found = random_sets(best, own, permuted[:, start:stop], test, s.seed)
            random.append({"size": size, **found})
            each += [{"size": size, "number": at, "accuracy": a} for at, a in enumerate(own)]
        names = ("bands", "depths", "random_sets", "random_sets_accuracies")
        tables = zip(names, (ranked, [depth_of(ranked)], random, each), strict=True)
        return {
            table: self.rows(name, [{"probe": probe, **row} for row in rows], chance=of.chance)
            for table, rows in tables
        }


def rank_bands(
    bounds: Sequence[int], answers: Indices, permuted: Floats, test: Features, seed: int
) -> list[Row]:
    """Rows of bands, from their answers [band, prompt] and accuracies by chance [draw, band]."""
    right, chance = answers == test.labels, above_chance(answers.T, test.labels, test.groups)
    columns: dict[str, Sequence[Any]] = {
        "first_rank": [start + 1 for start in bounds[:-1]],
        "last_rank": bounds[1:],
        "accuracy": bootstrap_share(right.T, test.groups, seed=seed),
        "lift": chance.lift.tolist(),
        "p": (p := holm(chance.p)).tolist(),
        "above_chance": (p < ALPHA).tolist(),
        "permuted": null_of(permuted) if len(permuted) else [None] * len(answers),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def depth_of(ranked: Sequence[Row]) -> Row:
    """How far down bands are above chance: with all those before them, and at all; 0 for none."""
    above = [band["above_chance"] for band in ranked]
    unbroken = [*above, False].index(False)
    return {
        "unbroken": ranked[unbroken - 1]["last_rank"] if unbroken else 0,
        "deepest": max((band["last_rank"] for band in ranked if band["above_chance"]), default=0),
        "above": sum(above),
        "bands": len(above),
    }


def random_sets(
    best: npt.NDArray[np.bool_], accuracies: Floats, permuted: Floats, test: Features, seed: int
) -> Row:
    """Row of random sets of one size, from accuracies [set], also by chance [draw, set].

    `best` says whether answers [prompt] of as many neurons from the top of the ranking are right.
    """
    ranked = bootstrap_share(best[:, None], test.groups, seed=seed)[0]
    threshold = ranked.value - float(standard_errors(best[:, None], test.groups)[0])
    by_chance = (permuted >= threshold).sum(axis=1, keepdims=True)
    return {
        "best_ranked": ranked,
        "threshold": threshold,
        "sets": len(accuracies),
        "mean": float(accuracies.mean()),
        "worst": float(accuracies.min()),
        "best": float(accuracies.max()),
        "reach": int((accuracies >= threshold).sum()),
        "permuted_reach": null_of(by_chance)[0] if len(permuted) else None,
    }


def inclusivity(train: Features, test: Features, **settings: Any) -> Result:
    """Accuracy of successive rank bands and of random disjoint sets of neurons.

    Parameters
    ----------
    train, test
        Features of the prompts that probes are fitted to, and of those that they are tested on.
    settings
        Fields of `InclusivitySettings`.

    Returns
    -------
    Result
        Tables `bands` (successive ranks: `lift` is accuracy minus the agreement of answers given
        without regard to the item, `p` that of no lift, adjusted by Holm's method), `depths` (how
        far down bands are above chance), `random_sets` (by probe and size) and
        `random_sets_accuracies` (each set).

    Raises
    ------
    UsageError
        A setting cannot be used.
    DataError
        The training prompts have one label, or the test prompts are of one group.
    """
    return run(Inclusivity(InclusivitySettings(**settings), given_sources(given(train, test))))
