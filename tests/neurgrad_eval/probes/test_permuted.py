"""Probes of permuted labels are, bit by bit, those that are fitted one after the other."""

from dataclasses import replace

import numpy as np
import pytest

from neurgrad_eval.features.codes import encode
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes import permuted, ranking
from neurgrad_eval.probes.fitting import VOTING, fit, inputs
from neurgrad_eval.probes.permuted import refitted, shuffled

NEURONS = 37
FOURS = tuple(str(n // 4) for n in range(240))


def toy(prompts, answers, seed=0):
    """Unbalanced labels, and values with ties."""
    rng = np.random.default_rng(seed)
    g = rng.integers(-3, 4, size=(prompts, answers, NEURONS)).astype(np.float32)
    activations = rng.normal(size=(prompts, NEURONS)).astype(np.float16)
    activations[:, ::3] = rng.integers(
        -2, 3, size=activations[:, ::3].shape
    )  # on the mean at times
    labels = np.append(np.arange(answers), rng.integers(answers, size=prompts - answers))
    probabilities = np.zeros((prompts, answers), np.float32)
    return Features(encode(g), activations, probabilities, labels, (20, 17))


@pytest.mark.parametrize("definitions", ["default", "paper"])
@pytest.mark.parametrize("cells", [2**24, 1])
@pytest.mark.parametrize("answers", [2, 3, 4, 5, 7])
@pytest.mark.parametrize("name", VOTING)
def test_they_are_those_that_are_fitted_to_each(name, answers, cells, definitions, monkeypatch):
    monkeypatch.setattr(permuted, "_CELLS", cells)
    monkeypatch.setattr(ranking, "_COLUMNS", 10)
    features, test = toy(600, answers), toy(50, answers, seed=1)
    labels = shuffled(features, 5, seed=3)
    found = list(refitted(name, features, labels, definitions=definitions))
    assert len(found) == 5
    for probe, own in zip(found, labels, strict=True):
        expected = fit(name, features, own, definitions=definitions)
        assert expected.classes_.tolist() == probe.classes_.tolist()
        for one, other in pairs(expected, probe):
            assert (one.scores == other.scores).all()
            assert (one.order == other.order).all()
        asked = probe.set_params(n_neurons=9).read(inputs(name, test))
        plain = expected.set_params(n_neurons=9).predict(inputs(name, test))
        assert (probe.predict(asked) == plain).all()
        assert (probe.predict(inputs(name, test)) == plain).all()


def pairs(one, other):
    if hasattr(one, "ranking_"):
        return [(one.ranking_, other.ranking_)]
    for a, b in zip(one.splits_, other.splits_, strict=True):
        assert a.split == b.split
        assert (a.thresholds == b.thresholds).all()
    return [(a.ranking, b.ranking) for a, b in zip(one.splits_, other.splits_, strict=True)]


def test_labels_are_shuffled_by_seed_and_draw():
    features = toy(9, 3)
    one = shuffled(features, 4, seed=0)
    assert (one[:2] == shuffled(features, 2, seed=0)).all()
    assert (one != shuffled(features, 4, seed=1)).any()
    assert (np.sort(one, axis=1) == np.sort(features.labels)).all()


def test_labels_of_copies_stay_alike():
    # Sixty prompts, each in four forms: permuted one by one, their null would be half as wide.
    features = replace(toy(240, 3), labels=np.repeat(np.arange(60) % 3, 4), groups=FOURS)
    for labels in shuffled(features, 20, seed=0):
        assert (labels.reshape(60, 4) == labels[::4, None]).all()


def test_a_seed_orders_neurons_whose_scores_are_equal():
    features = toy(12, 2)
    labels = shuffled(features, 1, seed=0)
    one, other = (next(iter(refitted("magnitude", features, labels, seed=s))) for s in (0, 1))
    assert one.ranking_.order.tolist() != other.ranking_.order.tolist()
    assert one.ranking_.scores.tolist() == other.ranking_.scores.tolist()


def test_a_probe_without_votes_is_refused():
    features = toy(12, 2)
    with pytest.raises(TypeError, match="tree: no probe in which neurons vote"):
        next(iter(refitted("tree", features, features.labels[None])))
