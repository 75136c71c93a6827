"""Leak study: by how much leakage between train and test inflates each probe.

A test item leaks where a training item that was asked has its group or its normalised question.

1. Between editions: the same probes on runs of a leaky and of a clean edition. The test items
   differ, so LM-Prob, which learns nothing from the training items, is shown beside the probes: its
   difference is what the two test sets differ in difficulty.
2. Within a run: accuracy on the test items that leak, and on the others.
3. Refitted: the leaked test items are asked of probes fitted without the training items that gave
   them away, and of probes fitted without as many others of the same labels. Test items and number
   of training items are the same, so that the paired difference is what remembering gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mceval8k.errors import UsageError
from neurgrad_eval.properties.fitting import LEARNING, VOTING, check_probes, fit, inputs
from neurgrad_eval.properties.inference import independent_difference
from neurgrad_eval.properties.stored import Part, StoredRun
from neurgrad_eval.properties.subsets import Indices, Seed
from neurgrad_eval.statistics import Estimate, bootstrap_mean

LM_PROB = "lm-prob"
_ALL = (LM_PROB, *VOTING, *LEARNING)


@dataclass(frozen=True)
class LeakSettings:
    """Which probes are compared; values that cannot be used raise UsageError."""

    probes: tuple[str, ...] = _ALL
    neurons: int = 256
    """Neurons that vote, no more than the model has."""
    draws: int = 5
    """Choices of the training items that are left out instead of those that leak."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_probes(self.probes, _ALL)
        if self.neurons < 1 or self.draws < 1 or self.seed < 0:
            raise UsageError("neurons and draws: at least 1; seed: at least 0")


@dataclass(frozen=True)
class LeakCount:
    """How many items of a run leak."""

    edition: str
    """`leaky` or `clean`: which run it is, not what was found."""
    test_items: int
    leaked: int
    """Test items that share group or question with a training item that was asked."""
    training_items: int
    giving_away: int
    """Those training items."""


@dataclass(frozen=True)
class EditionDifference:
    """A probe on both editions."""

    probe: str
    leaky: Estimate
    clean: Estimate
    inflation: Estimate
    """Accuracy on the leaky edition less that on the clean one."""


@dataclass(frozen=True)
class WithinRun:
    """A probe on the test items of one run that leak, and on the others."""

    edition: str
    probe: str
    on_leaked: Estimate
    on_others: Estimate
    difference: Estimate


@dataclass(frozen=True)
class Refitted:
    """A probe on leaked test items, fitted with and without what gave them away."""

    edition: str
    probe: str
    items: int
    """Test items that leak."""
    left_out: int
    """Training items that are left out in either fit."""
    with_leaks: Estimate
    """Fitted without as many other training items, mean over the draws."""
    without_leaks: Estimate
    inflation: Estimate
    """Paired difference of the two."""


@dataclass(frozen=True)
class Leakage:
    """What leaks, and what it does to each probe."""

    counts: tuple[LeakCount, ...]
    between: tuple[EditionDifference, ...]
    within: tuple[WithinRun, ...]
    refitted: tuple[Refitted, ...]
    chance: float


def leak(
    leaky: StoredRun, clean: StoredRun | None = None, settings: LeakSettings | None = None
) -> Leakage:
    """Compare probes with and without leakage.

    Raises
    ------
    UsageError
        The runs are of different tasks or models.
    """
    settings = settings or LeakSettings()
    runs = {"leaky": leaky} | ({"clean": clean} if clean else {})
    if clean is not None:
        _check_same(leaky, clean)
    right = {name: _right(run.train, run.test, settings) for name, run in runs.items()}
    leaked = {name: shared(run.test, run.train) for name, run in runs.items()}
    counts: list[LeakCount] = []
    within: list[WithinRun] = []
    refitted: list[Refitted] = []
    for name, run in runs.items():
        given = shared(run.train, run.test)
        found = (len(run.test), int(leaked[name].sum()), len(run.train), int(given.sum()))
        counts.append(LeakCount(name, *found))
        within.extend(_within(name, run, right[name], leaked[name], settings))
        refitted.extend(_refitted(name, run, leaked[name], given, settings))
    between = _between(leaky, clean, right, settings) if clean else ()
    return Leakage(tuple(counts), tuple(between), tuple(within), tuple(refitted), leaky.chance)


def shared(items: Part, others: Part) -> npt.NDArray[np.bool_]:
    """Whether each item has the group or the normalised question of one of the others [item]."""
    groups, questions = set(others.groups), set(others.questions)
    pairs = zip(items.groups, items.questions, strict=True)
    return np.array([group in groups or question in questions for group, question in pairs])


def _check_same(leaky: StoredRun, clean: StoredRun) -> None:
    for name in ("task", "model", "pack_digest", "space", "sign"):
        if leaky.about.get(name) != clean.about.get(name):
            raise UsageError(
                f"the runs differ in {name}: {leaky.about.get(name)!r} in {leaky.folder}, "
                f"{clean.about.get(name)!r} in {clean.folder}"
            )


def _right(train: Part, test: Part, settings: LeakSettings) -> npt.NDArray[np.bool_]:
    """Whether each answer is right [prompt, probe]."""
    columns = []
    for name in settings.probes:
        if name == LM_PROB:
            answers = test.features.probabilities.argmax(axis=1)
        else:
            probe = fit(name, train.features, seed=settings.seed)
            if name in VOTING:
                probe.set_params(n_neurons=min(settings.neurons, test.features.n_neurons))
            answers = probe.predict(inputs(name, test.features))
        columns.append(answers == test.labels)
    return np.stack(columns, axis=1)


def _between(
    leaky: StoredRun,
    clean: StoredRun,
    right: dict[str, npt.NDArray[np.bool_]],
    settings: LeakSettings,
) -> Iterator[EditionDifference]:
    groups = (leaky.test.groups, clean.test.groups)
    accuracies = [
        bootstrap_mean(right[name], own, seed=settings.seed)
        for name, own in zip(("leaky", "clean"), groups, strict=True)
    ]
    differences = independent_difference(
        right["leaky"], groups[0], right["clean"], groups[1], seed=settings.seed
    )
    for row in zip(settings.probes, *accuracies, differences, strict=True):
        yield EditionDifference(*row)


def _within(
    edition: str,
    run: StoredRun,
    right: npt.NDArray[np.bool_],
    leaked: npt.NDArray[np.bool_],
    settings: LeakSettings,
) -> Iterator[WithinRun]:
    if leaked.all() or not leaked.any():
        return
    groups = np.asarray(run.test.groups)
    sides = [(right[rows], groups[rows].tolist()) for rows in (leaked, ~leaked)]
    accuracies = [bootstrap_mean(own, names, seed=settings.seed) for own, names in sides]
    differences = independent_difference(*sides[0], *sides[1], seed=settings.seed)
    for row in zip(settings.probes, *accuracies, differences, strict=True):
        yield WithinRun(edition, *row)


def _refitted(
    edition: str,
    run: StoredRun,
    leaked: npt.NDArray[np.bool_],
    given: npt.NDArray[np.bool_],
    settings: LeakSettings,
) -> Iterator[Refitted]:
    kept = np.flatnonzero(~given)
    fewest = _per_label(run.train.labels[kept], run.train.features.n_answers)
    if not leaked.any() or (fewest < _per_label(run.train.labels[given], len(fewest)) + 1).any():
        return
    asked = run.test.take(np.flatnonzero(leaked))
    without = _right(run.train.take(kept), asked, settings).astype(np.float64)
    drawn = [
        _right(run.train.take(_without_others(run.train.labels, given, [settings.seed, draw])),
               asked, settings)
        for draw in range(settings.draws)
    ]  # fmt: skip
    with_leaks = np.mean(drawn, axis=0)
    columns = [
        bootstrap_mean(values, asked.groups, seed=settings.seed)
        for values in (with_leaks, without, with_leaks - without)
    ]
    for name, *row in zip(settings.probes, *columns, strict=True):
        yield Refitted(edition, name, len(asked), int(given.sum()), *row)


def _without_others(
    labels: npt.NDArray[np.int64], given: npt.NDArray[np.bool_], seed: Seed
) -> Indices:
    """Rows without as many items of each label as are given away, none of which is one of them."""
    rng = np.random.default_rng(seed)
    dropped = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        there = np.flatnonzero((labels == label) & ~given)
        count = int(((labels == label) & given).sum())
        dropped[rng.permutation(there)[:count]] = True
    return np.flatnonzero(~dropped)


def _per_label(labels: npt.NDArray[np.int64], n_answers: int) -> npt.NDArray[np.int64]:
    return np.bincount(labels, minlength=n_answers)
