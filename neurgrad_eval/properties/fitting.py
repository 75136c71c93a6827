"""Probes by name, fitted to stored features."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from mceval8k.errors import UsageError
from neurgrad_eval.features import Features
from neurgrad_eval.probes import (
    ActivationProbe,
    LogisticProbe,
    MagnitudeProbe,
    PolarityProbe,
    TreeProbe,
)
from neurgrad_eval.probes.base import Probe, VotingProbe

VOTING = ("activation", "polarity", "magnitude")
"""Probes in which single neurons vote."""
LEARNING = ("tree", "logistic")
"""Probes that read all neurons together."""


def check_probes(names: tuple[str, ...], known: tuple[str, ...] = VOTING + LEARNING) -> None:
    """Raise UsageError for no probe at all, or one that is not known here."""
    if not names:
        raise UsageError(f"name a probe: {', '.join(known)}")
    for name in names:
        if name not in known:
            raise UsageError(f"unknown probe {name!r}: give one of {', '.join(known)}")


def inputs(name: str, features: Features) -> npt.NDArray[Any]:
    """What a probe reads of features [prompt, neuron]."""
    return features.activations if name in {"activation", "logistic"} else features.codes


def fit(
    name: str, features: Features, labels: npt.NDArray[np.int64] | None = None, *, seed: int = 0
) -> Probe:
    """Fit a probe.

    Parameters
    ----------
    name
        Of the probe.
    features
        Training prompts.
    labels
        Other gold answers than those of the features.
    seed
        Of the forest.
    """
    answers = features.n_answers
    kinds: dict[str, Any] = {
        "activation": ActivationProbe,
        "polarity": lambda: PolarityProbe(n_answers=answers),
        "magnitude": lambda: MagnitudeProbe(n_answers=answers),
        "tree": lambda: TreeProbe(n_answers=answers, random_state=seed),
        "logistic": LogisticProbe,
    }
    probe = kinds[name]()
    gold = features.labels if labels is None else labels
    return cast("Probe", probe.fit(inputs(name, features), gold))


def fit_voting(
    name: str, features: Features, labels: npt.NDArray[np.int64] | None = None
) -> VotingProbe:
    """Fit a probe in which single neurons vote; see `fit`."""
    probe = fit(name, features, labels)
    if not isinstance(probe, VotingProbe):
        raise TypeError(f"{name}: no probe in which neurons vote")
    return probe
