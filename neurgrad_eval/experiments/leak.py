"""By how much leakage inflates each probe: on a leaky run, and against a clean one.

A test item leaks where a training item that was used has its group or its normalised question.

1. Between editions: the same probes on runs of a leaky and of a clean edition. The test items
   differ, so LM-Prob, which learns nothing from the training items, is shown beside the probes: its
   difference is what the two test sets differ in difficulty.
2. Within a run: accuracy on the test items that leak, and on the others.
3. Refitted: the leaked test items are given to probes fitted without the training items that gave
   them away, and of probes fitted without as many others of the same labels. Test items and number
   of training items are the same, so that the paired difference is what remembering gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mceval8k.errors import UsageError
from mceval8k.statistics import (
    Estimate,
    bootstrap_mean,
    bootstrap_share,
    independent_difference,
)
from neurgrad_eval.experiments._stored import OnSets, Row
from neurgrad_eval.features.features import Features
from neurgrad_eval.inputs.stored import (
    Pair,
    Runs,
    RunsInput,
    Sources,
    StoredRun,
    check_runs,
    given_together,
    stored_together,
)
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.fitting import LEARNING, LM_PROB, VOTING, check_probes, fit, inputs
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import Settings, option
from neurgrad_eval.show.views import Chart, View

_ALL = (LM_PROB, *VOTING, *LEARNING)
_SAME = ("task", "model", "pack_digest", "space", "sign")
COUNTS = "counts"
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class LeakSettings(Settings):
    """Which probes are compared."""

    probes: tuple[str, ...] = option(_ALL, "Probes, with commas between them.")
    neurons: int = option(256, "Neurons that vote, no more than the model has.", least=1)
    draws: int = option(
        5, "Choices of training items that are left out instead of those that leak.", least=1
    )
    seed: int = option(0, "Seed of those choices, forests and bootstrap.", least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probes(self.probes, _ALL)


@dataclass(frozen=True, kw_only=True)
class LeakOptions(LeakSettings, RunsInput):
    """Options of `neurgrad leak`."""

    runs: tuple[Path, ...] = option(
        (),
        "A run of `neurgrad collect` or `neurgrad probe` on the edition that leaks, and one of the "
        "same on the repaired edition if there is one.",
        argument=True,
    )


def _differences(y: str, series: str = "") -> Chart:
    return Chart("forest", "probe", y, series, level=0.0, y_title="difference of accuracy")


class Leak(OnSets):
    """What leaks, and what it does to each probe."""

    name = "leak"
    Settings, Options = LeakSettings, LeakOptions
    lead = (
        "By how much do probes look better than they are where test items are known from training? "
        "A test item leaks where a training item that was used has its group (its sentence, "
        "document or fact) or the same question. Probes that remember answer such items without "
        "any skill."
    )
    shows = (
        View("What leaks", COUNTS),
        View(
            "Refitted without the leak",
            "refitted",
            "Only the leaked test items, given twice: to probes fitted without the training items "
            "that gave them away, and of probes fitted without as many others of the same labels. "
            "Test items and number of training items are the same, so the difference is what "
            "remembering gives.",
            _differences("inflation", "edition"),
        ),
        View(
            "Within one run",
            "within",
            "Test items that leak, and the others of the same run.",
            _differences("difference", "edition"),
        ),
        View(
            "Between editions",
            "between",
            "The same probes on runs of the leaky and of the clean edition. The test items differ: "
            "LM-Prob, which learns nothing from the training items, shows what they differ in "
            "difficulty. The two sets of test items are resampled on their own.",
            _differences("inflation"),
        ),
    )

    @classmethod
    def check(cls, options: LeakOptions) -> None:
        """Read what the runs are of."""
        _sources(options.runs)

    @classmethod
    def open(cls, options: LeakOptions, out: Path | None) -> Leak:
        """Find the runs; their features are read when they are measured."""
        return cls(options, _sources(options.runs))

    def units(self) -> Sequence[tuple[str, str]]:
        """What leaks, and each probe."""
        kinds = (COUNTS, *self.settings.probes)
        return [(name, kind) for name in self.sources.about for kind in kinds]

    def measure(self, unit: tuple[str, str]) -> dict[str, list[Row]]:
        """What leaks, or the comparisons of one probe."""
        name, kind = unit
        runs = self.sources[name]
        if kind == COUNTS:
            found = {COUNTS: [{"edition": key, **count_leaks(of)} for key, of in runs.items()]}
        else:
            found = compare(kind, runs, self.settings)
        return {table: self.rows(name, rows) for table, rows in found.items()}


def _sources(folders: Sequence[Path]) -> Sources[Runs]:
    if len(folders) > 2:
        raise UsageError("give the run on the leaky edition, and one on the clean edition at most")
    found = check_runs(folders)
    editions = ("leaky", "clean")[: len(found)]
    for name in _SAME:
        values = [about.get(name) for about in found.values()]
        if any(value != values[0] for value in values):
            words = (f"{one!r} in the {of} one" for of, one in zip(editions, values, strict=True))
            raise UsageError(f"the runs differ in {name}: {', '.join(words)}")
    digests = [about.get("edition_digest") for about in found.values()]
    if len(digests) == 2 and digests[0] and digests[0] == digests[1]:
        raise UsageError("both runs are of one edition: neither is the clean one of the other")
    return stored_together(editions, found)


def shared(items: Features, others: Features) -> Flags:
    """Whether each item has the group or the normalised question of one of the others [item]."""
    groups, questions = set(others.groups), set(others.questions)
    pairs = zip(items.groups, items.questions, strict=True)
    return np.array([group in groups or question in questions for group, question in pairs])


def count_leaks(of: StoredRun) -> Row:
    """Count the items that leak: the test items, and the training items that give them away."""
    return {
        "test_items": len(of.test),
        "leaked": int(shared(of.test, of.train).sum()),
        "training_items": len(of.train),
        "giving_away": int(shared(of.train, of.test).sum()),
    }


def compare(probe: str, runs: Runs, settings: LeakSettings) -> dict[str, list[Row]]:
    """Compare one probe with and without leakage, in every way that the runs allow."""
    found: dict[str, list[Row]] = {"refitted": [], "within": [], "between": []}
    sides = []
    for edition, of in runs.items():
        right = _right(probe, of.train, of.test, settings)
        leaked, groups = shared(of.test, of.train), np.asarray(of.test.groups)
        sides.append((right, groups))
        about = {"edition": edition, "probe": probe}
        if leaked.any() and not leaked.all():
            names = ("on_leaked", "on_others", "difference")
            own = [(right[rows], groups[rows]) for rows in (leaked, ~leaked)]
            found["within"].append({**about, **_difference(names, own, settings.seed)})
        if refitted := refit(probe, of, leaked, settings):
            found["refitted"].append({**about, **refitted})
    if len(sides) > 1:
        names = ("leaky", "clean", "inflation")
        found["between"].append({"probe": probe, **_difference(names, sides, settings.seed)})
    return found


def _right(probe: str, train: Features, test: Features, settings: LeakSettings) -> Flags:
    """Whether each answer is right [prompt, 1]."""
    if probe == LM_PROB:
        answers = test.probabilities.argmax(axis=1)
    else:
        fitted = fit(probe, train, seed=settings.seed)
        if probe in VOTING:
            fitted.set_params(n_neurons=settings.neurons)
        answers = fitted.predict(inputs(probe, test))
    return np.asarray(answers == test.labels)[:, None]


def _difference(
    names: Sequence[str], sides: Sequence[tuple[Flags, npt.NDArray[np.str_]]], seed: int
) -> dict[str, Estimate]:
    """Accuracies of two sides (right answers, groups), and their difference, by these names."""
    (first, first_groups), (second, second_groups) = sides
    estimates = [bootstrap_share(right, groups, seed=seed)[0] for right, groups in sides]
    estimates += independent_difference(first, first_groups, second, second_groups, seed=seed)
    return dict(zip(names, estimates, strict=True))


def refit(probe: str, of: StoredRun, leaked: Flags, settings: LeakSettings) -> Row:
    """Ask leaked items [prompt] of fits with and without what gave them away.

    Nothing is returned if none leaks, or too few other training items of a label are left.
    """
    given_away, labels = shared(of.train, of.test), of.train.labels
    others, lost = (
        np.bincount(labels[rows], minlength=of.train.n_answers)
        for rows in (~given_away, given_away)
    )
    if not leaked.any() or (others < lost + 1).any():
        return {}
    leaking = of.test.take(np.flatnonzero(leaked))
    kept = of.train.take(np.flatnonzero(~given_away))
    without = _right(probe, kept, leaking, settings).astype(np.float64)
    drawn = [without_others(labels, given_away, [settings.seed, n]) for n in range(settings.draws)]
    right = [_right(probe, of.train.take(rows), leaking, settings) for rows in drawn]
    with_leaks = np.mean(right, axis=0)
    shares = np.hstack([with_leaks, without])
    names = ("with_leaks", "without_leaks", "inflation")
    estimates = bootstrap_share(shares, leaking.groups, seed=settings.seed)
    estimates += bootstrap_mean(with_leaks - without, leaking.groups, seed=settings.seed)
    return {
        "items": len(leaking),
        "left_out": int(given_away.sum()),
        **dict(zip(names, estimates, strict=True)),
    }


def without_others(labels: Indices, given_away: Flags, seed: int | Sequence[int]) -> Indices:
    """Rows without as many items of each label as are given away, none of which is one of them."""
    rng = np.random.default_rng(seed)
    dropped = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        there = np.flatnonzero((labels == label) & ~given_away)
        count = int(((labels == label) & given_away).sum())
        dropped[rng.permutation(there)[:count]] = True
    return np.flatnonzero(~dropped)


def leak(leaky: Pair, clean: Pair | None = None, **settings: Any) -> Result:
    """By how much leakage between training and test prompts inflates each probe.

    Parameters
    ----------
    leaky, clean
        Features of training and of test prompts, with groups, of an edition that leaks and of the
        same task in one that does not.
    settings
        Fields of `LeakSettings`.

    Returns
    -------
    Result
        Tables `counts` (items that leak: `edition` is `leaky` or `clean`, which run it is and not
        what was found) and, where they can be compared, `refitted`, `within` and `between`
        (accuracies and their difference by probe).

    Raises
    ------
    UsageError
        A setting cannot be used.
    DataError
        Training prompts have one label, or test prompts are of one group.
    """
    pairs = {"leaky": leaky} | ({"clean": clean} if clean is not None else {})
    return run(Leak(LeakSettings(**settings), given_together(pairs)))
