"""Every probe fitted to the training prompts, chosen on validation, and asked about the test.

Validation prompts choose the number of neurons of each probe that votes. The test prompts are then
asked once, with that number; without validation prompts, with every number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features import Features
from neurgrad_eval.probes import (
    ActivationProbe,
    LMProb,
    LogisticProbe,
    MagnitudeProbe,
    PolarityProbe,
    TreeProbe,
)
from neurgrad_eval.probes.base import Probe, VotingProbe
from neurgrad_eval.probing.nulls import null_rows
from neurgrad_eval.probing.results import Answers, NullRow, ProbeRow, Rankings, ValidationRow
from neurgrad_eval.probing.settings import ProbeSettings
from neurgrad_eval.ranking import activation_ranking
from neurgrad_eval.statistics import bootstrap_mean, holm, paired_difference, paired_test, wilson

LM_PROB = "lm-prob"


@dataclass(frozen=True)
class Evaluation:
    """What the probes answer, and how they were chosen."""

    answers: tuple[Answers, ...]
    """To the test prompts; LM-Prob first."""
    rankings: Rankings
    """Of all neurons, by the training prompts."""
    validation: tuple[ValidationRow, ...]
    nulls: tuple[NullRow, ...]


def evaluate(
    train: Features,
    test: Features,
    validation: Features | None,
    *,
    settings: ProbeSettings,
    on_probe: Callable[[str], None],
) -> Evaluation:
    """Fit, choose and ask all probes.

    Parameters
    ----------
    train, test, validation
        Features of the prompts; without validation prompts nothing is chosen.
    settings
        Numbers of neurons, draws of the nulls, and seed.
    on_probe
        Is told each probe's name before it is fitted.
    """
    answers: list[Answers] = []
    chosen: list[ValidationRow] = []
    nulls: list[NullRow] = []
    probes = make_probes(train.n_answers, settings.seed)
    for name, (probe, part) in probes.items():
        on_probe(name)
        probe.fit(getattr(train, part), train.labels)
        voting = isinstance(probe, VotingProbe)
        counts = settings.neurons
        if voting and validation is not None:
            rows = _choose(name, probe, getattr(validation, part), validation.labels, counts)
            chosen.extend(rows)
            counts = tuple(row.neurons for row in rows if row.chosen)
        x = getattr(test, part)
        answers.extend(_ask(name, probe, x, counts))
        if name != LM_PROB and (len(counts) == 1 or not voting):
            nulls += null_rows(
                name,
                probe,
                train=(getattr(train, part), train.labels),
                test=(x, test.labels),
                widths=train.widths,
                draws=settings.null_draws if voting else settings.null_refits,
                seed=settings.seed,
            )
    rankings = Rankings(
        polarity=probes["polarity"][0].ranking_,
        magnitude=probes["magnitude"][0].ranking_,
        activation=activation_ranking(probes["activation"][0].splits_),
    )
    return Evaluation(tuple(answers), rankings, tuple(chosen), tuple(nulls))


def make_probes(n_answers: int, seed: int) -> dict[str, tuple[Any, str]]:
    """All probes by name, unfitted, each with the part of `Features` that it reads."""
    return {
        LM_PROB: (LMProb(), "probabilities"),
        "activation": (ActivationProbe(), "activations"),
        "polarity": (PolarityProbe(n_answers=n_answers), "codes"),
        "magnitude": (MagnitudeProbe(n_answers=n_answers), "codes"),
        "tree": (TreeProbe(n_answers=n_answers, random_state=seed), "codes"),
        "logistic": (LogisticProbe(), "activations"),
    }


def _choose(
    name: str,
    probe: VotingProbe,
    x: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    candidates: Sequence[int],
) -> list[ValidationRow]:
    """Accuracy of each candidate number of neurons, and which is chosen."""
    found = [float(probe.set_params(n_neurons=count).score(x, labels)) for count in candidates]
    best = int(np.argmax(found))
    return [
        ValidationRow(name, count, accuracy, len(labels), at == best)
        for at, (count, accuracy) in enumerate(zip(candidates, found, strict=True))
    ]


def _ask(name: str, probe: Probe, x: npt.NDArray[Any], neurons: Sequence[int]) -> list[Answers]:
    if not isinstance(probe, VotingProbe):
        return [Answers(name, None if name == LM_PROB else x.shape[1], probe.predict(x))]
    found = []
    for count in neurons:
        decision = probe.set_params(n_neurons=count).decide(x)
        found.append(Answers(name, count, decision.answers, int(decision.tied.sum())))
    return found


def score(
    answers: Sequence[Answers],
    labels: npt.NDArray[np.int64],
    groups: Sequence[str],
    *,
    n_options: int,
    seed: int,
) -> tuple[ProbeRow, ...]:
    """Accuracies with intervals, and differences to the first probe, which is LM-Prob."""
    right = np.stack([given.answers == labels for given in answers], axis=1)
    accuracies = bootstrap_mean(right, groups, seed=seed)
    differences = paired_difference(right, right[:, 0], groups, seed=seed)
    p_values = paired_test(right, right[:, 0], groups)
    adjusted = [None, *holm(p_values[1:]).tolist()]
    rows = []
    for at, (given, accuracy, difference) in enumerate(
        zip(answers, accuracies, differences, strict=True)
    ):
        closed = wilson(int(right[:, at].sum()), len(labels))
        compared = given.probe != LM_PROB
        rows.append(
            ProbeRow(
                probe=given.probe,
                neurons=given.neurons,
                accuracy=accuracy.value,
                low=accuracy.low,
                high=accuracy.high,
                wilson_low=closed.low,
                wilson_high=closed.high,
                n=len(labels),
                chance=1 / n_options,
                difference=difference.value if compared else None,
                difference_low=difference.low if compared else None,
                difference_high=difference.high if compared else None,
                p_value=p_values[at] if compared else None,
                p_holm=adjusted[at],
                ties=given.ties,
            )
        )
    return tuple(rows)
