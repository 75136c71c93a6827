"""Efficiency where it is known how many neurons tell the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mceval8k.errors import DataError, UsageError
from neurgrad_eval import efficiency
from neurgrad_eval.experiments.efficiency import EfficiencySettings
from neurgrad_eval.probes import MagnitudeProbe
from neurgrad_eval.probes.subsets import balanced_order

SKILLED = (3, 40, 70, 100)


@pytest.fixture(scope="module")
def found(planted):
    run = planted(SKILLED)
    return efficiency(run.train, run.test, null_draws=10)


@pytest.fixture(scope="module")
def points(found, rows_of):
    return rows_of(found, "points")


def test_the_grid_is_whole(points):
    magnitude = [p for p in points if p.probe == "magnitude"]
    grid = {(p.train_size, p.neurons) for p in magnitude}
    assert grid == {(t, k) for t in (8, 16, 32, 64, 80) for k in (1, 2, 4, 8, 16, 32, 64, 128)}
    assert {p.draws for p in magnitude if p.train_size < 80} == {3}
    assert {p.draws for p in magnitude if p.train_size == 80} == {1}
    assert all((p.permuted is None) == (p.train_size < 80) for p in magnitude)
    assert all((p.spread is None) == (p.train_size == 80) for p in magnitude)
    assert {p.chance for p in points} == {0.25}


@pytest.mark.parametrize("probe", ["magnitude", "polarity"])
def test_four_skilled_neurons_are_enough_and_needed(found, points, rows_of, probe):
    curve = {p.neurons: p for p in points if p.probe == probe and p.train_size == 80}
    assert curve[4].accuracy > 0.85
    assert curve[4].accuracy_low > curve[4].permuted_high
    assert curve[4].accuracy_low > curve[4].random_high
    assert curve[4].permuted_low < 0.25 < curve[4].permuted_high
    (smallest,) = (s for s in rows_of(found, "smallest") if s.probe == probe)
    assert smallest.neurons <= 16
    assert (smallest.chosen_on, smallest.chosen_of) == ("half of train", 40)
    assert smallest.accuracy == curve[smallest.neurons].accuracy
    assert [n for n, point in curve.items() if point.chosen] == [smallest.neurons]


def test_the_smallest_set_is_fitted_to_all_training_prompts(planted, rows_of):
    run = planted(range(20), strength=0.6, train=40)
    found = efficiency(run.train, run.test, null_draws=0)
    full = {(p.probe, p.neurons): p for p in rows_of(found, "points") if p.train_size == 40}
    for smallest in rows_of(found, "smallest"):
        assert smallest.accuracy == full[smallest.probe, smallest.neurons].accuracy


def test_more_training_prompts_help(points):
    own = [p for p in points if p.probe == "activation" and p.neurons == 4]
    assert own[-1].accuracy > own[0].accuracy


def test_all_neurons_leave_nothing_to_choose(points):
    (every,) = (p for p in points if (p.probe, p.neurons, p.train_size) == ("polarity", 128, 80))
    assert every.random_low == every.random_high == every.accuracy


def test_a_point_is_the_mean_of_its_draws(planted, rows_of):
    run = planted(SKILLED, train=24)
    settings = {"probes": ["magnitude"], "most_neurons": 4, "draws": 2, "null_draws": 0}
    points = rows_of(efficiency(run.train, run.test, **settings), "points")
    (point,) = (p for p in points if (p.train_size, p.neurons) == (8, 4))
    scores = []
    for draw in range(2):
        train = run.train.take(balanced_order(run.train.labels, [0, draw])[:8])
        probe = MagnitudeProbe(4, n_answers=4).fit(train.codes, train.labels)
        scores.append(probe.score(run.test.codes, run.test.labels))
    assert point.accuracy == pytest.approx(np.mean(scores))
    assert point.spread == pytest.approx(np.std(scores, ddof=1))


def test_nothing_is_found_where_nothing_is(planted, rows_of):
    run = planted(seed=4)
    found = efficiency(run.train, run.test, probes=("magnitude",), null_draws=10)
    full = [p for p in rows_of(found, "points") if p.train_size == 80]
    assert sum(p.accuracy_low <= 0.25 <= p.accuracy_high for p in full) >= len(full) - 1


def test_validation_prompts_choose(planted, part, rows_of):
    run, validation = planted(SKILLED), part(20, SKILLED, seed=9, name="validation")
    settings = {"probes": ("magnitude",), "null_draws": 0}
    found = efficiency(run.train, run.test, validation=validation, **settings)
    (smallest,) = rows_of(found, "smallest")
    assert (smallest.chosen_on, smallest.chosen_of) == ("validation", 20)


def test_forest_and_regression_have_a_curve_over_prompts_only(planted, rows_of):
    run = planted(SKILLED, train=16)
    found = efficiency(run.train, run.test, probes=("tree", "logistic"), draws=1, null_draws=2)
    sizes = [(p.probe, p.neurons, p.train_size) for p in rows_of(found, "points")]
    assert sizes == [(probe, 128, size) for probe in ("tree", "logistic") for size in (8, 16)]
    assert list(found.tables) == ["points"]
    assert [view.table for view in found.views()] == ["points", "points"]


def test_the_seed_decides(planted):
    run = planted(SKILLED, train=24)

    def points(**seed):
        found = efficiency(run.train, run.test, probes=("magnitude",), null_draws=2, **seed)
        return found.table("points").to_pylist()

    assert points() == points()
    assert points() != points(seed=1)


def test_too_few_prompts_to_choose_on(planted):
    run = planted(SKILLED, train=4)
    alone = replace(run.train, groups=("a", "a", "b", "b"))
    with pytest.raises(DataError, match="too few training prompts"):
        efficiency(alone, run.test, probes=("magnitude",), null_draws=0)


@pytest.mark.parametrize(
    "wrong", [{"probes": ()}, {"probes": ("lm-prob",)}, {"draws": 0}, {"seed": -1}]
)
def test_settings_that_cannot_be(wrong):
    with pytest.raises(UsageError):
        EfficiencySettings(**wrong)
