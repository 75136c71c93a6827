"""Accuracy by number of neurons and of training prompts, from stored features.

Efficiency: how few neurons and how few training prompts tell the answer (paper section 5).

1. Each probe is fitted to nested, balanced subsets of the training prompts, several draws of each
   size, and tested with 1, 2, 4, … of its best neurons on the test prompts.
2. What it would reach by chance: fitted to permuted labels; and with random neurons of the same
   layers in the place of the best ones.
3. The smallest number of neurons within one standard error of the best is chosen without the test
   prompts, on validation prompts, or else on a half of the training groups that the other half
   was not fitted to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mceval8k.errors import DataError
from mceval8k.statistics import Null, bootstrap_share, null_of, smallest_within_one_error
from neurgrad_eval.experiments._stored import OnRuns, Row, fitted_to_permuted
from neurgrad_eval.features.features import Features
from neurgrad_eval.inputs.stored import RunsInput, StoredRun, given, given_sources
from neurgrad_eval.probes.base import Choice, VotingProbe
from neurgrad_eval.probes.fitting import LEARNING, VOTING, check_probes, fit, fit_voting, inputs
from neurgrad_eval.probes.matched import exchange_within_layers
from neurgrad_eval.probes.sets import ask_sets, bands
from neurgrad_eval.probes.subsets import balanced_order, halves, powers
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import Settings, option
from neurgrad_eval.show.views import Chart, View


@dataclass(frozen=True, kw_only=True)
class EfficiencySettings(Settings):
    """How the curves are drawn."""

    probes: tuple[str, ...] = option(VOTING, "Probes, with commas between them.")
    most_neurons: int = option(2**14, "Maximum number of neurons that vote.", least=1)
    draws: int = option(3, "Training subsets of each size.", least=1)
    null_draws: int = option(199, "Draws of permuted labels and of random neurons.", least=0)
    seed: int = option(0, "Seed of subsets, permutations, forests and bootstrap.", least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probes(self.probes)


@dataclass(frozen=True, kw_only=True)
class EfficiencyOptions(EfficiencySettings, RunsInput):
    """Options of `neurgrad efficiency`."""


_CURVE = Chart("lines", "neurons", "accuracy", "probe", level="chance", log_x=True)


class Efficiency(OnRuns):
    """Curves of each probe on each run."""

    name = "efficiency"
    Settings, Options = EfficiencySettings, EfficiencyOptions
    lead = "How few neurons, and how few training prompts, are enough to tell the answer?"
    shows = (
        View(
            "By number of neurons",
            "points",
            "Each probe was fitted to all training prompts, and then only the best 1, 2, 4, … "
            "neurons of its ranking voted on the test prompts.\n\n"
            "Random neurons of the same layers vote with what they learned in training: where a "
            "curve is not above theirs, the ranking adds nothing to knowing the layer.",
            replace(_CURVE, references="random permuted"),
            "probe neurons accuracy random permuted",
            where={"complete": True},
            each="run",
            folded=True,
            printed=False,
        ),
        View(
            "The smallest set",
            "smallest",
            "The smallest number of neurons whose accuracy is within one standard error of the "
            "best, chosen on validation prompts where the run has any, otherwise by fitting to one "
            "half of the groups of training prompts and testing on the other. The accuracy is "
            "that on the test prompts, after a fit to all training prompts.",
            each="run",
        ),
        View(
            "By number of training prompts",
            "points",
            "The probes were fitted to balanced, nested subsets of the training prompts, and read "
            "with their smallest set. Each number is the mean over the draws of subsets of that "
            "size; its interval covers the choice of test prompts, and the spread is the standard "
            "deviation between the draws.",
            replace(_CURVE, x="train_size", series="probe neurons"),
            "probe train_size neurons draws accuracy spread",
            where={"chosen": True},
            each="run",
            folded=True,
            printed=False,
        ),
    )

    def measure(self, unit: tuple[str, str]) -> dict[str, list[Row]]:
        """Points of one probe's curves, and its smallest set if single neurons vote in it."""
        name, probe = unit
        of = self.sources[name]
        smallest = [] if probe in LEARNING else [smallest_set(probe, of, self.settings)]
        points = [
            {**point, "chosen": all(one["neurons"] == point["neurons"] for one in smallest)}
            for point in curve(probe, of, self.settings)
        ]
        return {
            "points": self.rows(name, points, chance=of.chance),
            "smallest": self.rows(name, smallest),
        }


def curve(probe: str, of: StoredRun, settings: EfficiencySettings) -> Iterator[Row]:
    """Accuracy by training size and number of neurons; nulls only with all training prompts."""
    counts, labels = _counts(probe, of.test.n_neurons, settings), of.train.labels
    for size in powers(3, len(labels)):
        complete = size == len(labels)
        draws = 1 if complete else settings.draws
        orders = [balanced_order(labels, [settings.seed, draw])[:size] for draw in range(draws)]
        trains = [of.train] if complete else map(of.train.take, orders)
        right = np.stack([_right(probe, train, of.test, counts, settings) for train in trains])
        nothing = [None] * len(counts)
        wanted = complete and probe not in LEARNING and settings.null_draws
        columns: dict[str, Sequence[Any]] = {
            "neurons": counts,
            "accuracy": bootstrap_share(right.mean(axis=0), of.test.groups, seed=settings.seed),
            "spread": right.mean(axis=1).std(axis=0, ddof=1).tolist() if draws > 1 else nothing,
            **dict.fromkeys(("permuted", "random"), nothing),
            **(_nulls(probe, of, counts, settings) if wanted else {}),
        }
        about = {"probe": probe, "train_size": size, "complete": complete, "draws": draws}
        for values in zip(*columns.values(), strict=True):
            yield {**about, **dict(zip(columns, values, strict=True))}


def smallest_set(probe: str, of: StoredRun, settings: EfficiencySettings) -> Row:
    """Choose the number of neurons without the test prompts, and ask as many about these."""
    counts = _counts(probe, of.test.n_neurons, settings)
    train, held, where = _held_out(of, settings)
    right = _right(probe, train, held, counts, settings)
    chosen = smallest_within_one_error(right, counts, held.groups)
    on_test = _right(probe, of.train, of.test, (chosen,), settings)
    return {
        "probe": probe,
        "neurons": chosen,
        "chosen_on": where,
        "chosen_of": len(held),
        "accuracy": bootstrap_share(on_test, of.test.groups, seed=settings.seed)[0],
    }


def _counts(probe: str, n_neurons: int, settings: EfficiencySettings) -> tuple[int, ...]:
    return (n_neurons,) if probe in LEARNING else powers(0, min(settings.most_neurons, n_neurons))


def _right(
    probe: str, train: Features, test: Features, counts: Sequence[int], settings: Any
) -> npt.NDArray[np.bool_]:
    """Whether each answer is right [prompt, count]."""
    x = inputs(probe, test)
    if probe in LEARNING:
        answers = fit(probe, train, seed=settings.seed).predict(x)[None]
    else:
        answers = ask_sets(fit_voting(probe, train), x, bands((0, *counts)), cumulative=True)
    return np.asarray(answers == test.labels).T


def _nulls(
    probe: str, of: StoredRun, counts: Sequence[int], settings: EfficiencySettings
) -> dict[str, list[Null]]:
    """Accuracies [count] by chance: of fits to permuted labels, and of random neurons."""
    bounds, seed, draws = (0, *counts), settings.seed, settings.null_draws
    fitted = fit_voting(probe, of.train)
    x = fitted.read(inputs(probe, of.test))
    exchanges = [exchange_within_layers(of.train.widths, [seed, draw]) for draw in range(draws)]

    def accuracies(voting: VotingProbe, choice: Choice) -> npt.NDArray[np.float64]:
        right = ask_sets(voting, x, choice, cumulative=True) == of.test.labels
        return np.asarray(right.mean(axis=1))

    shuffled = fitted_to_permuted(probe, of.train, draws, seed)
    permuted = [accuracies(one, bands(bounds)) for one in shuffled]
    random = [accuracies(fitted, bands(bounds, exchange)) for exchange in exchanges]
    return {"permuted": null_of(np.stack(permuted)), "random": null_of(np.stack(random))}


def _held_out(of: StoredRun, settings: EfficiencySettings) -> tuple[Features, Features, str]:
    """Prompts to fit to and to choose on, and what the latter are called."""
    if of.validation is not None and len(set(of.validation.groups)) > 1:
        return of.train, of.validation, "validation"
    if len(set(of.train.groups)) >= 4:
        train, held = map(of.train.take, halves(of.train.groups, settings.seed))
        if len(np.unique(train.labels)) > 1:
            return train, held, "half of train"
    raise DataError("too few training prompts to choose the number of neurons on a half of them")


def efficiency(
    train: Features, test: Features, *, validation: Features | None = None, **settings: Any
) -> Result:
    """Accuracy by number of neurons and of training prompts.

    Parameters
    ----------
    train, test
        Features of the prompts that probes are fitted to, and of those that they are tested on.
    validation
        Of the prompts on which the smallest number of neurons is chosen; halves of the training
        prompts take their place if not given.
    settings
        Fields of `EfficiencySettings`.

    Returns
    -------
    Result
        Tables `points` (by probe, number of neurons and training size: accuracy as the mean over
        training subsets, `spread` as its standard deviation between them, and, where all training
        prompts are used, `complete`, what there is by chance) and `smallest` (the smallest number
        of neurons within one standard error of the best, by probe in which single neurons vote).

    Raises
    ------
    UsageError
        A setting cannot be used.
    DataError
        The training prompts have one label, the test prompts are of one group, or there are too
        few training prompts to choose on.
    """
    sources = given_sources(given(train, test, validation))
    return run(Efficiency(EfficiencySettings(**settings), sources))
