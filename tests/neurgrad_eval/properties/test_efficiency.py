"""Efficiency where it is known how many neurons tell the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.probes import MagnitudeProbe
from neurgrad_eval.properties.efficiency import EfficiencySettings, efficiency
from neurgrad_eval.properties.subsets import balanced_order

SKILLED = (3, 40, 70, 100)


@pytest.fixture(scope="module")
def found(planted):
    return efficiency(planted(SKILLED), EfficiencySettings(null_draws=10))


def test_the_grid_is_whole(found):
    magnitude = [p for p in found.points if p.probe == "magnitude"]
    grid = {(p.train_size, p.neurons) for p in magnitude}
    assert grid == {(t, k) for t in (8, 16, 32, 64, 80) for k in (1, 2, 4, 8, 16, 32, 64, 128)}
    assert {p.draws for p in magnitude if p.train_size < 80} == {3}
    assert {p.draws for p in magnitude if p.train_size == 80} == {1}
    assert all((p.permuted is None) == (p.train_size < 80) for p in magnitude)
    assert all((p.spread is None) == (p.train_size == 80) for p in magnitude)


@pytest.mark.parametrize("probe", ["magnitude", "polarity"])
def test_four_skilled_neurons_are_enough_and_needed(found, probe):
    curve = {p.neurons: p for p in found.points if p.probe == probe and p.train_size == 80}
    assert curve[4].accuracy.value > 0.85
    assert curve[4].accuracy.low > curve[4].permuted.high
    assert curve[4].accuracy.low > curve[4].random.high
    assert curve[4].permuted.low < 0.25 < curve[4].permuted.high
    (smallest,) = (s for s in found.smallest if s.probe == probe)
    assert smallest.neurons <= 16
    assert (smallest.chosen_on, smallest.chosen_of) == ("half of train", 40)
    assert smallest.accuracy == curve[smallest.neurons].accuracy


def test_more_training_prompts_help(found):
    points = [p for p in found.points if p.probe == "activation" and p.neurons == 4]
    assert points[-1].accuracy.value > points[0].accuracy.value


def test_all_neurons_leave_nothing_to_choose(found):
    (every,) = (
        p for p in found.points if (p.probe, p.neurons, p.train_size) == ("polarity", 128, 80)
    )
    assert every.random.low == every.random.high == every.accuracy.value


def test_a_point_is_the_mean_of_its_draws(planted):
    run = planted(SKILLED, train=24)
    settings = EfficiencySettings(("magnitude",), most_neurons=4, draws=2, null_draws=0)
    found = efficiency(run, settings)
    (point,) = (p for p in found.points if (p.train_size, p.neurons) == (8, 4))
    scores = []
    for draw in range(2):
        train = run.train.take(balanced_order(run.train.labels, [0, draw])[:8])
        probe = MagnitudeProbe(4, n_answers=4).fit(train.features.codes, train.labels)
        scores.append(probe.score(run.test.features.codes, run.test.labels))
    assert point.accuracy.value == pytest.approx(np.mean(scores))
    assert point.spread == pytest.approx(np.std(scores, ddof=1))


def test_nothing_is_found_where_nothing_is(planted):
    found = efficiency(planted(seed=4), EfficiencySettings(("magnitude",), null_draws=10))
    full = [p for p in found.points if p.train_size == 80]
    assert sum(p.accuracy.low <= 0.25 <= p.accuracy.high for p in full) >= len(full) - 1


def test_validation_prompts_choose(planted, part):
    run = replace(planted(SKILLED), validation=part(20, SKILLED, seed=9, name="validation"))
    found = efficiency(run, EfficiencySettings(("magnitude",), null_draws=0))
    assert (found.smallest[0].chosen_on, found.smallest[0].chosen_of) == ("validation", 20)


def test_forest_and_regression_have_a_curve_over_prompts_only(planted):
    settings = EfficiencySettings(("tree", "logistic"), draws=1, null_draws=2)
    found = efficiency(planted(SKILLED, train=16), settings)
    sizes = [(p.probe, p.neurons, p.train_size) for p in found.points]
    assert sizes == [(probe, 128, size) for probe in ("tree", "logistic") for size in (8, 16)]
    assert found.smallest == ()


def test_the_seed_decides(planted):
    run = planted(SKILLED, train=24)
    settings = EfficiencySettings(("magnitude",), null_draws=2)
    assert efficiency(run, settings) == efficiency(run, settings)
    assert efficiency(run, settings) != efficiency(run, replace(settings, seed=1))


def test_too_few_prompts_to_choose_on(planted):
    run = planted(SKILLED, train=4)
    alone = replace(run, train=replace(run.train, groups=("a", "a", "b", "b")))
    with pytest.raises(DataError, match="too few training prompts"):
        efficiency(alone, EfficiencySettings(("magnitude",), null_draws=0))


@pytest.mark.parametrize(
    "wrong", [{"probes": ()}, {"probes": ("lm-prob",)}, {"draws": 0}, {"seed": -1}]
)
def test_settings_that_cannot_be(wrong):
    with pytest.raises(UsageError):
        EfficiencySettings(**wrong)
