"""Probes by name, fitted to features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy.typing as npt
from sklearn.base import clone

from mceval8k.errors import UsageError
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes import (
    ActivationProbe,
    LMProb,
    LogisticProbe,
    MagnitudeProbe,
    PolarityProbe,
    TreeProbe,
)
from neurgrad_eval.probes.base import GradientProbe, Probe, VotingProbe
from neurgrad_eval.probes.checks import Labels
from neurgrad_eval.probes.ranking import Definitions, Ranking, activation_ranking

LM_PROB = "lm-prob"


@dataclass(frozen=True)
class Kind:
    """A kind of probe."""

    probe: Probe
    """One that is not fitted."""
    reads: Literal["probabilities", "activations", "codes"]
    """The part of `Features` that it is fitted to."""

    def make(self, n_answers: int, seed: int, definitions: Definitions = "default") -> Probe:
        """Make one with these parameters, as far as it has them."""
        known = {"n_answers": n_answers, "random_state": seed, "definitions": definitions}
        there = self.probe.get_params()
        made = clone(self.probe).set_params(**{k: v for k, v in known.items() if k in there})
        return cast("Probe", made)


KINDS = {
    LM_PROB: Kind(LMProb(), "probabilities"),
    "activation": Kind(ActivationProbe(), "activations"),
    "polarity": Kind(PolarityProbe(), "codes"),
    "centred": Kind(PolarityProbe(centred=True), "codes"),
    "magnitude": Kind(MagnitudeProbe(), "codes"),
    "tree": Kind(TreeProbe(), "codes"),
    "logistic": Kind(LogisticProbe(), "activations"),
}
"""Every probe by its name."""
VOTING = tuple(name for name, kind in KINDS.items() if isinstance(kind.probe, VotingProbe))
"""Probes in which single neurons vote."""
LEARNING = tuple(name for name in KINDS if name not in (LM_PROB, *VOTING))
"""Probes that read all neurons together."""


def check_probes(names: tuple[str, ...], known: tuple[str, ...] = VOTING + LEARNING) -> None:
    """Raise UsageError for no probe at all, or one that is not known here."""
    if not names:
        raise UsageError(f"name a probe: {', '.join(known)}")
    for name in names:
        if name not in known:
            raise UsageError(f"unknown probe {name!r}: give one of {', '.join(known)}")


def inputs(name: str, features: Features) -> npt.NDArray[Any]:
    """What a probe reads of features: [prompt, neuron], or [prompt, answer] for LM-Prob."""
    return cast("npt.NDArray[Any]", getattr(features, KINDS[name].reads))


def fit(
    name: str,
    features: Features,
    labels: Labels | None = None,
    *,
    seed: int = 0,
    definitions: Definitions = "default",
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
    definitions
        Of probes that vote.
    """
    probe: Any = KINDS[name].make(features.n_answers, seed, definitions)
    gold = features.labels if labels is None else labels
    return cast("Probe", probe.fit(inputs(name, features), gold))


def fit_voting(name: str, features: Features, labels: Labels | None = None) -> VotingProbe:
    """Fit a probe in which single neurons vote; see `fit`."""
    probe = fit(name, features, labels)
    if not isinstance(probe, VotingProbe):
        raise TypeError(f"{name}: no probe in which neurons vote")
    return probe


def ranking_of(probe: Probe) -> Ranking:
    """Ranking of all neurons by a fitted probe."""
    if isinstance(probe, ActivationProbe):
        return activation_ranking(probe.splits_)
    if isinstance(probe, GradientProbe):
        return probe.ranking_
    raise TypeError(f"{type(probe).__name__} has no ranking")
