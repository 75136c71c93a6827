"""Every probe fitted to the training prompts and asked about the test prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from neurgrad_eval.probing.results import Answers, ProbeRow, Rankings
from neurgrad_eval.ranking import activation_ranking
from neurgrad_eval.statistics import bootstrap_mean, paired_difference, wilson


def evaluate(
    train: Features,
    test: Features,
    *,
    neurons: Sequence[int],
    seed: int,
    on_probe: Callable[[str], None],
) -> tuple[tuple[Answers, ...], Rankings]:
    """Fit and ask all probes.

    Parameters
    ----------
    train, test
        Features of the prompts.
    neurons
        Numbers of neurons for the probes that vote.
    seed
        Of the forest.
    on_probe
        Is told each probe's name before it is fitted.

    Returns
    -------
    tuple of Answers
        LM-Prob first.
    Rankings
        Of all neurons, by the training prompts.
    """
    found: list[Answers] = []
    probes = make_probes(train.n_answers, seed)
    for name, (probe, part) in probes.items():
        on_probe(name)
        probe.fit(getattr(train, part), train.labels)
        found.extend(_ask(name, probe, getattr(test, part), neurons))
    rankings = Rankings(
        polarity=probes["polarity"][0].ranking_,
        magnitude=probes["magnitude"][0].ranking_,
        activation=activation_ranking(probes["activation"][0].splits_),
    )
    return tuple(found), rankings


def make_probes(n_answers: int, seed: int) -> dict[str, tuple[Any, str]]:
    """All probes by name, unfitted, each with the part of `Features` that it reads."""
    return {
        "lm-prob": (LMProb(), "probabilities"),
        "activation": (ActivationProbe(), "activations"),
        "polarity": (PolarityProbe(n_answers=n_answers), "codes"),
        "magnitude": (MagnitudeProbe(n_answers=n_answers), "codes"),
        "tree": (TreeProbe(n_answers=n_answers, random_state=seed), "codes"),
        "logistic": (LogisticProbe(), "activations"),
    }


def _ask(name: str, probe: Probe, x: npt.NDArray[Any], neurons: Sequence[int]) -> list[Answers]:
    if not isinstance(probe, VotingProbe):
        return [Answers(name, None if name == "lm-prob" else x.shape[1], probe.predict(x))]
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
    rows = []
    for given, column, accuracy, difference in zip(
        answers, right.T, accuracies, differences, strict=True
    ):
        closed = wilson(int(column.sum()), len(labels))
        compared = given.probe != "lm-prob"
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
                ties=given.ties,
            )
        )
    return tuple(rows)
