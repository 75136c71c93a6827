"""Interdependency where it is known whether neurons tell the answer together or alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from mceval8k.errors import UsageError
from neurgrad_eval import interdependency
from neurgrad_eval.experiments.interdependency import (
    InterdependencySettings,
    distinct_count,
    forest_answers,
)
from neurgrad_eval.features.codes import encode
from neurgrad_eval.probes.matched import exchange_within_layers
from neurgrad_eval.probes.ranking import Ranking, magnitude_score

SETTINGS = {"neurons": (None,), "depths": (1, 4, None), "trees": (1, 8, 40), "null_draws": 3}


def exclusive_or(part, rng, noise=4):
    """Two neurons, each useless alone: the label is whether they favour the same answer."""
    votes = rng.integers(0, 2, size=(len(part), 2 + noise))
    votes[:, 1] = votes[:, 0] ^ part.labels
    gradients = np.stack([1 - 2.0 * votes, 2.0 * votes - 1], axis=1)
    return replace(part, codes=encode(gradients), activations=votes.astype(np.float16))


@pytest.fixture(scope="module")
def find(rows_of):
    """Function that gives forests and votes."""

    def tables(train, test, **settings):
        result = interdependency(train, test, **{**SETTINGS, **settings})
        return rows_of(result, "forests"), rows_of(result, "votes")

    return tables


def test_what_only_pairs_tell_needs_depth(planted, find):
    rng = np.random.default_rng(0)
    run = planted(answers=2, widths=(6,), train=200, test=200)
    forests, (vote,) = find(exclusive_or(run.train, rng), exclusive_or(run.test, rng))
    surface = {(p.depth, p.trees): p for p in forests}
    assert surface[1, 40].accuracy < 0.65
    assert surface[None, 40].accuracy > 0.95
    assert surface[None, 40].over_depth_1_low > 0.2
    assert surface[1, 40].over_depth_1 == 0
    assert vote.over_vote_low > 0.2
    assert (vote.over_vote, vote.forest) == (
        surface[None, 40].over_vote, surface[None, 40].accuracy
    )  # fmt: skip
    assert vote.permuted_high < 0.7
    assert vote.random is None
    assert {p.vote for p in forests} == {vote.accuracy}


def test_what_neurons_tell_alone_needs_no_depth(planted, find):
    run = planted(range(30), strength=1.5)
    _, (vote,) = find(run.train, run.test, neurons=(30,))
    assert vote.accuracy > 0.9
    assert vote.over_vote < 0.1
    assert vote.random_high < vote.accuracy


def test_smaller_forests_begin_larger_ones(planted):
    run = planted(range(6), strength=1.0, train=40)
    neurons = np.arange(0, 128, 3)
    found = forest_answers(run.train, run.test, neurons, depth=3, trees=(1, 5, 9), seed=7)
    for count, answers in zip((1, 5, 9), found, strict=True):
        forest = RandomForestClassifier(count, max_depth=3, random_state=7)
        forest.fit(run.train.highest(neurons), run.train.labels)
        assert answers.tolist() == forest.predict(run.test.highest(neurons)).tolist()


def test_nulls_are_those_of_the_best_neurons(planted, find):
    run = planted(range(64, 94), strength=0.8, train=40)
    settings = {"neurons": [20], "trees": [7], "depths": [3], "null_draws": 2}
    _, (vote,) = find(run.train, run.test, **settings)
    best = Ranking.of(magnitude_score(run.train.codes, run.train.labels, 4)).top(20)
    permuted, random = [], []
    for draw in range(2):
        labels = np.random.default_rng([0, draw]).permutation(run.train.labels)
        others = exchange_within_layers((64, 64), [0, draw])(best)
        for found, neurons, gold in ((permuted, best, labels), (random, others, run.train.labels)):
            forest = RandomForestClassifier(7, max_depth=3, random_state=0)
            forest.fit(run.train.highest(neurons), gold)
            found.append(forest.score(run.test.highest(neurons), run.test.labels))
    assert (vote.permuted, vote.random) == pytest.approx((np.mean(permuted), np.mean(random)))


def test_depth_one_is_always_there(planted, find):
    run = planted(range(4), train=24, test=24)
    forests, (vote,) = find(run.train, run.test, neurons=[4], depths=[2], trees=[3], null_draws=0)
    assert [point.depth for point in forests] == [1, 2]
    assert vote.permuted is None


def test_more_neurons_than_there_are_mean_all(planted, find):
    run = planted(train=16, test=16)
    few = {"depths": (1,), "trees": (2,), "null_draws": 1}
    _, votes = find(run.train, run.test, neurons=(500, None), **few)
    assert [(vote.neurons, vote.permuted_draws) for vote in votes] == [(128, 1)]
    assert [distinct_count(n, (4, 500, None), 128) for n in (4, 500, None)] == [4, 128, None]


def test_jobs_do_not_change_the_run(planted):
    run = planted(train=16, test=16)
    few = {"neurons": (4,), "depths": (1,), "trees": (2,), "null_draws": 0}
    first, second = (interdependency(run.train, run.test, **few, jobs=jobs) for jobs in (1, 2))
    assert first.about == second.about
    assert list(first.tables) == list(second.tables)
    for name, table in first.tables.items():  # bounds may be NaN, which is not equal to itself
        assert table.to_pandas().equals(second.tables[name].to_pandas())


@pytest.mark.parametrize("wrong", [{"trees": ()}, {"depths": (0,)}, {"jobs": 0}, {"jobs": -2}])
def test_settings_that_cannot_be(wrong):
    with pytest.raises(UsageError):
        InterdependencySettings(**wrong)
