"""Forests of several depths against independent votes, from stored features.

Interdependency: what neurons tell together beyond what each tells (paper section 5).

1. A random forest learns, from which answer each neuron favours, with trees of several depths and
   in several numbers. A tree of depth 1 uses one neuron, so that such a forest adds up what single
   neurons say; a deeper tree reads a neuron in the light of others.
2. The same neurons vote independently, as in the magnitude probe.
3. Differences of accuracy are paired on the same test prompts: forest less independent vote, and
   forest minus the forest of as many trees of depth 1.
4. What it would reach by chance: the largest forest fitted to permuted labels, and to random
   neurons of the same layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mceval8k.errors import UsageError
from mceval8k.statistics import Estimate, bootstrap_mean, bootstrap_share, null_of
from neurgrad_eval.experiments._stored import OnRuns, Row
from neurgrad_eval.features.features import Features
from neurgrad_eval.inputs.stored import RunsInput, StoredRun, given, given_sources
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.fitting import fit_voting, ranking_of
from neurgrad_eval.probes.matched import exchange_within_layers
from neurgrad_eval.probes.sets import ask_sets, bands
from neurgrad_eval.probes.subsets import permuted_by_groups
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import Settings, option
from neurgrad_eval.show.views import Chart, View

_VOTE = "magnitude"
Unit = tuple[str, int | None, int | None]
"""Name of the run, number of neurons (None for all), and draw of the nulls (None for none)."""


@dataclass(frozen=True, kw_only=True)
class InterdependencySettings(Settings):
    """Which forests are grown."""

    neurons: tuple[int | None, ...] = option(
        (256, 1024, None),
        "How many of the best neurons by the magnitude score are read; 'all' for all.",
        least=1,
        nothing="all",
    )
    depths: tuple[int | None, ...] = option(
        (1, 2, 4, 8, 16, None),
        "Depths of the trees; 'none' for no limit. 1, with which all are compared, is among them.",
        least=1,
        nothing="none",
    )
    trees: tuple[int, ...] = option((1, 4, 16, 64, 100), "Numbers of trees.", least=1)
    null_draws: int = option(5, "Draws of permuted labels and of random neurons.", least=0)
    seed: int = option(0, "Seed of permutations, forests and bootstrap.", least=0)
    jobs: int = option(1, "Trees grown in parallel; -1 for all cores.", least=-1, affects=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.jobs == 0:
            raise UsageError("jobs 0: give a number, or -1 for all cores")

    @property
    def ordered_depths(self) -> list[int | None]:
        """Depths from 1 to the deepest."""
        return sorted({1, *self.depths}, key=lambda depth: (depth is None, depth))


@dataclass(frozen=True, kw_only=True)
class InterdependencyOptions(InterdependencySettings, RunsInput):
    """Options of `neurgrad interdependency`."""


class Interdependency(OnRuns):
    """Forest surfaces of each run."""

    name = "interdependency"
    Settings, Options = InterdependencySettings, InterdependencyOptions
    lead = (
        "Do neurons tell more together than each of them alone? A random forest read which answer "
        "each of the best neurons favours. A tree of depth 1 uses one neuron, so that a forest of "
        "such trees adds up what single neurons say; deeper trees ask a neuron in the light of "
        "others. A forest also learns how far to trust each neuron, which the independent vote of "
        "the magnitude probe does not: what it gains by using neurons together is the difference "
        "to depth 1, not the difference to the vote."
    )
    shows = (
        View(
            "Forests by number of neurons",
            "forests",
            "The broken line is the independent vote of the same neurons.",
            Chart(
                "lines", "trees", "accuracy", "depth", level="chance", baseline="vote", log_x=True
            ),
            "depth trees accuracy over_vote over_depth_1",
            each="run neurons",
            folded=True,
            printed=False,
        ),
        View(
            "Together against one by one",
            "votes",
            "The largest forest of the deepest trees beside the independent vote of the same "
            "neurons; the difference is paired on the same test prompts. The last columns are what "
            "that forest reaches on random neurons of the same layers, and after a fit to permuted "
            "labels: the mean and the range of a few draws.",
            None,
            "neurons accuracy forest over_vote random permuted",
            each="run",
        ),
    )

    def units(self) -> list[Unit]:
        """For each run and number of neurons, the forests, and each draw of the nulls."""
        draws = (None, *range(self.settings.null_draws))
        return [
            (name, number, draw)
            for name in self.sources.about
            for number in self.settings.neurons
            for draw in draws
        ]

    def measure(self, unit: Unit) -> dict[str, list[Row]]:
        """Forests and the vote, or the nulls of one draw; nothing if no other neurons are meant."""
        name, number, draw = unit
        of = self.sources[name]
        count = distinct_count(number, self.settings.neurons, of.test.n_neurons)
        if count is None:
            return {}
        if draw is not None:
            return {"nulls": self.rows(name, [null_forest(of, count, draw, self.settings)])}
        points, vote = surface(of, count, self.settings)
        return {
            "forests": self.rows(name, points, vote=vote["accuracy"].value, chance=of.chance),
            "votes": self.rows(name, [vote]),
        }

    def summarise(self, measured: Measured) -> Findings:
        """All forests, and each vote with the nulls over all draws."""
        drawn: dict[tuple[str, int], list[Row]] = {}
        for row in measured.table("nulls").to_pylist():
            drawn.setdefault((row["run"], row["neurons"]), []).append(row)
        votes = measured.table("votes").to_pylist()
        for vote in votes:
            own = drawn.get((vote["run"], vote["neurons"]), [])
            for name in ("permuted", "random"):
                values = [[row[name]] for row in own if row[name] is not None]
                vote[name] = null_of(np.array(values))[0] if values else None
        return Findings({"forests": measured.table("forests"), "votes": votes})


def distinct_count(number: int | None, numbers: Sequence[int | None], n_neurons: int) -> int | None:
    """How many neurons a number means; None if one before it means as many."""
    meant = [n_neurons if one is None else min(one, n_neurons) for one in numbers]
    place = numbers.index(number)
    return None if meant[place] in meant[:place] else meant[place]


def surface(of: StoredRun, count: int, settings: InterdependencySettings) -> tuple[list[Row], Row]:
    """Forests of all depths and sizes on the best neurons, and the vote of the same neurons."""
    test, trees, depths = of.test, sorted(settings.trees), settings.ordered_depths
    probe = fit_voting(_VOTE, of.train)
    vote = ask_sets(probe, test.codes, bands((0, count))) == test.labels
    neurons = ranking_of(probe).top(count)
    right = {depth: _right(of, neurons, depth, trees, settings) for depth in depths}

    def mean(values: npt.NDArray[Any]) -> list[Estimate]:
        return bootstrap_mean(values.T, test.groups, seed=settings.seed)

    def share(values: npt.NDArray[Any]) -> list[Estimate]:
        return bootstrap_share(values.T, test.groups, seed=settings.seed)

    points: list[Row] = []
    names = ("neurons", "depth", "trees", "accuracy", "over_vote", "over_depth_1")
    for depth, own in right.items():
        gains = (share(own), mean(own - vote), mean(own - right[1]))
        rows = zip(trees, *gains, strict=True)
        points += [dict(zip(names, (count, depth, *row), strict=True)) for row in rows]
    largest = {name: points[-1][name] for name in ("depth", "trees", "over_vote")}
    forest = points[-1]["accuracy"].value
    return points, {"neurons": count, "accuracy": share(vote)[0], "forest": forest, **largest}


def null_forest(of: StoredRun, count: int, draw: int, settings: InterdependencySettings) -> Row:
    """Accuracy of the largest forest on one draw of permuted labels and of random neurons."""
    trees, depth = (max(settings.trees),), settings.ordered_depths[-1]
    seed = [settings.seed, draw]
    neurons = ranking_of(fit_voting(_VOTE, of.train)).top(count)
    rng = np.random.default_rng(seed)
    labels = permuted_by_groups(of.train.labels, of.train.groups, rng)
    permuted = float(_right(of, neurons, depth, trees, settings, labels).mean())
    random = None  # all neurons have no others in their place
    if count < of.test.n_neurons:
        others = exchange_within_layers(of.test.widths, seed)(neurons)
        random = float(_right(of, others, depth, trees, settings).mean())
    return {"neurons": count, "permuted": permuted, "random": random}


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
    depth, trees, seed, jobs
        Depth of the trees (None for no limit), numbers of them, seed, and trees that grow at a
        time.
    labels
        Other gold answers of the training prompts.
    """
    from sklearn.ensemble import RandomForestClassifier

    gold = train.labels if labels is None else labels
    forest = RandomForestClassifier(max(trees), max_depth=depth, random_state=seed, n_jobs=jobs)
    forest.fit(train.highest(neurons), gold)
    x = test.highest(neurons).astype(np.float32)
    sums = np.zeros((len(x), len(forest.classes_)))
    answers = {}
    for number, tree in enumerate(forest.estimators_, start=1):
        sums += tree.predict_proba(x)
        if number in trees:
            answers[number] = forest.classes_[(sums / number).argmax(axis=1)]
    return np.stack([answers[number] for number in trees]).astype(np.int64)


def _right(
    of: StoredRun,
    neurons: Indices,
    depth: int | None,
    trees: Sequence[int],
    settings: InterdependencySettings,
    labels: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.int64]:
    """1 where an answer is right, else 0 [number of trees, prompt]."""
    seed, jobs = settings.seed, settings.jobs
    answers = forest_answers(
        of.train, of.test, neurons, depth=depth, trees=trees, seed=seed, jobs=jobs, labels=labels
    )
    return np.asarray(answers == of.test.labels, dtype=np.int64)


def interdependency(train: Features, test: Features, **settings: Any) -> Result:
    """Accuracy of forests by depth and number of trees, against votes of the same neurons.

    Parameters
    ----------
    train, test
        Features of the prompts that forests are fitted to, and of those that they are tested on.
    settings
        Fields of `InterdependencySettings`.

    Returns
    -------
    Result
        Tables `forests` (by number of neurons, depth and number of trees: accuracy, also minus that
        of the vote and minus that of as many trees of depth 1) and `votes` (the independent vote,
        and the accuracy of the largest forest as `forest`, by number of neurons).

    Raises
    ------
    UsageError
        A setting cannot be used.
    DataError
        The training prompts have one label, or the test prompts are of one group.
    """
    typed = InterdependencySettings(**settings)
    return run(Interdependency(typed, given_sources(given(train, test))))
