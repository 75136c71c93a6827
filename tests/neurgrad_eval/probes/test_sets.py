"""Votes of many sets at once are the probes' own."""

from __future__ import annotations

import numpy as np
import pytest

from neurgrad_eval.features.codes import encode
from neurgrad_eval.probes import ActivationProbe, LMProb, MagnitudeProbe, PolarityProbe
from neurgrad_eval.probes.fitting import KINDS
from neurgrad_eval.probes.ranking import Ranking
from neurgrad_eval.probes.sets import ask_sets, bands

COUNTS = (1, 2, 3, 5, 8, 13, 40)


def gradients_with_ties(rng, prompts, answers=4, neurons=40):
    """Small whole numbers: zeros, ties within a neuron, and tied votes are common."""
    return encode(rng.integers(-2, 3, size=(prompts, answers, neurons)).astype(float))


@pytest.mark.parametrize("kind", [PolarityProbe, MagnitudeProbe])
@pytest.mark.parametrize("answers", [2, 3, 5])
def test_nested_sets_answer_as_the_probe_does(kind, answers):
    rng = np.random.default_rng(answers)
    train, test = (gradients_with_ties(rng, n, answers) for n in (30, 50))
    probe = kind(n_answers=answers).fit(train, rng.integers(0, answers, size=30))
    found = ask_sets(probe, test, bands((0, *COUNTS)), cumulative=True)
    for count, answer in zip(COUNTS, found, strict=True):
        assert answer.tolist() == probe.set_params(n_neurons=count).predict(test).tolist()


@pytest.mark.parametrize("answers", [2, 3, 5])
def test_nested_sets_answer_as_the_activation_probe_does(answers):
    rng = np.random.default_rng(answers)
    train, test = (rng.integers(-2, 3, size=(n, 40)).astype(np.float16) for n in (30, 50))
    probe = ActivationProbe().fit(train, np.arange(30) % answers)
    found = ask_sets(probe, test, bands((0, *COUNTS)), cumulative=True)
    for count, answer in zip(COUNTS, found, strict=True):
        assert answer.tolist() == probe.set_params(n_neurons=count).predict(test).tolist()


def test_a_band_is_the_probe_of_its_neurons_alone():
    rng = np.random.default_rng(0)
    train, test = (gradients_with_ties(rng, n) for n in (30, 50))
    probe = MagnitudeProbe(n_answers=4).fit(train, rng.integers(0, 4, size=30))
    _, second = ask_sets(probe, test, bands((0, 7, 19)))
    scores = np.zeros(40)
    kept = probe.ranking_.order[7:19]
    scores[kept] = probe.ranking_.scores[kept]
    probe.ranking_ = Ranking.of(scores)
    assert second.tolist() == probe.set_params(n_neurons=12).predict(test).tolist()


@pytest.mark.parametrize("name", ["polarity", "magnitude", "activation"])
def test_decisions_of_sets_say_what_was_tied(name):
    rng = np.random.default_rng(1)
    read = gradients_with_ties if name != "activation" else lambda r, n: r.normal(size=(n, 40))
    train, test = read(rng, 30), read(rng, 50)
    probe = KINDS[name].make(4, 0).fit(train, np.arange(30) % 4)
    for count, found in zip(
        COUNTS, probe.decide_sets(test, bands((0, *COUNTS)), cumulative=True), strict=True
    ):
        alone = probe.set_params(n_neurons=count).decide(test)
        assert found.tied.tolist() == alone.tied.tolist()
    assert alone.tied.any() or name == "activation"


def test_a_probe_without_votes_is_refused():
    with pytest.raises(TypeError, match="no probe in which single neurons vote"):
        ask_sets(LMProb(), np.zeros((1, 4)), bands((0, 1)))
