"""Interdependency where it is known whether neurons tell the answer together or alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from mceval8k.errors import UsageError
from neurgrad_eval.codes import encode
from neurgrad_eval.features import Features
from neurgrad_eval.properties.interdependency import (
    InterdependencySettings,
    forest_answers,
    interdependency,
)

SETTINGS = InterdependencySettings((None,), (1, 4, None), (1, 8, 40), null_draws=3)


def exclusive_or(part, labels, rng, noise=4):
    """Two neurons, each useless alone: the label is whether they favour the same answer."""
    votes = rng.integers(0, 2, size=(len(labels), 2 + noise))
    votes[:, 1] = votes[:, 0] ^ labels
    gradients = np.stack([1 - 2.0 * votes, 2.0 * votes - 1], axis=1)
    features = Features(
        encode(gradients),
        votes.astype(np.float16),
        np.full((len(labels), 2), 0.5, dtype=np.float32),
        labels,
        (2 + noise,),
    )
    return replace(part, features=features)


@pytest.fixture(scope="module")
def together(planted):
    rng = np.random.default_rng(0)
    run = planted(answers=2, widths=(6,), train=200, test=200)
    train, test = (exclusive_or(own, own.labels, rng) for own in (run.train, run.test))
    return interdependency(replace(run, train=train, test=test), SETTINGS)


def test_what_only_pairs_tell_needs_depth(together):
    surface = {(p.depth, p.trees): p for p in together.forests}
    assert surface[1, 40].accuracy.value < 0.65
    assert surface[None, 40].accuracy.value > 0.95
    assert surface[None, 40].over_depth_1.low > 0.2
    assert surface[1, 40].over_depth_1.value == 0
    (vote,) = together.votes
    assert vote.over_vote.low > 0.2
    assert vote.over_vote == surface[None, 40].over_vote
    assert vote.permuted.high < 0.7
    assert vote.random is None


def test_what_neurons_tell_alone_needs_no_depth(planted):
    found = interdependency(planted(range(30), strength=1.5), replace(SETTINGS, neurons=(30,)))
    (vote,) = found.votes
    assert vote.accuracy.value > 0.9
    assert vote.over_vote.high < 0.1
    assert vote.random.high < vote.accuracy.low


def test_smaller_forests_begin_larger_ones(planted):
    run = planted(range(6), strength=1.0, train=40)
    train, test = run.train.features, run.test.features
    neurons = np.arange(0, 128, 3)
    found = forest_answers(train, test, neurons, depth=3, trees=(1, 5, 9), seed=7)
    for count, answers in zip((1, 5, 9), found, strict=True):
        forest = RandomForestClassifier(count, max_depth=3, random_state=7)
        forest.fit(train.highest(neurons), train.labels)
        assert answers.tolist() == forest.predict(test.highest(neurons)).tolist()


def test_depth_one_is_always_there(planted):
    settings = InterdependencySettings((4,), (2,), (3,), null_draws=0)
    found = interdependency(planted(range(4), train=24, test=24), settings)
    assert [point.depth for point in found.forests] == [1, 2]
    assert found.votes[0].permuted is None


def test_more_neurons_than_there_are_mean_all(planted):
    settings = InterdependencySettings((500, None), (1,), (2,), null_draws=0)
    found = interdependency(planted(train=16, test=16), settings)
    assert [vote.neurons for vote in found.votes] == [128]


@pytest.mark.parametrize("wrong", [{"trees": ()}, {"depths": (0,)}, {"jobs": 0}])
def test_settings_that_cannot_be(wrong):
    with pytest.raises(UsageError):
        InterdependencySettings(**wrong)
