from __future__ import annotations

import math

import numpy as np
import pytest

from mceval8k.statistics import (
    bootstrap,
    bootstrap_draws,
    bootstrap_mean,
    bootstrap_rows,
    mean_of,
    percentile_interval,
    resample,
    with_count,
)
from mceval8k.statistics.bootstrap import group_sums


def test_groups_are_drawn_whole_and_as_many_as_there_are():
    drawn = resample(["b", "a", "b", "c"])
    np.testing.assert_array_equal(drawn.groups, [1, 0, 1, 2])
    np.testing.assert_array_equal(drawn.times.sum(axis=1), 3)
    np.testing.assert_allclose(drawn.times.mean(axis=0), 1, atol=0.1)


def test_draws_depend_on_the_seed_alone():
    groups = ["x", "y", "z"] * 5
    np.testing.assert_array_equal(resample(groups).times, resample(groups).times)
    assert (resample(groups).times != resample(groups, seed=1).times).any()


@pytest.mark.parametrize("seed", [0, [4, 1]])
def test_draws_in_parts_are_those_of_one_draw(seed):
    # Published numbers rest on this stream of random numbers.
    expected = np.random.default_rng(seed).multinomial(11, np.full(11, 1 / 11), size=601)
    np.testing.assert_array_equal(resample(range(11), seed=seed, resamples=601).times, expected)


def test_own_groups_are_numbered_in_order():
    np.testing.assert_array_equal(resample(range(12)).groups, np.arange(12))


def test_sums_over_groups_by_hand():
    values = np.array([[1, 10], [2, 20], [4, 40]])
    assert group_sums(values, ["b", "a", "b"]).tolist() == [[2, 20], [5, 50]]


def test_matrix_product_is_the_loop_over_resampled_items():
    generator = np.random.default_rng(0)
    values, groups = generator.normal(size=40), np.arange(40) % 11
    resamples = resample(groups, resamples=50)
    drawn = [np.repeat(values, times[groups]).mean() for times in resamples.times]
    estimate = mean_of(values, resamples)
    assert estimate.value == pytest.approx(values.mean())
    assert (estimate.low, estimate.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
    draws = bootstrap_draws(values[:, None], groups, seed=0, resamples=50)
    assert draws[:, 0] == pytest.approx(drawn)


def test_interval_of_independent_items_is_the_normal_one():
    values = np.random.default_rng(1).normal(size=400)
    estimate = mean_of(values, resample(range(400)))
    expected = 2 * 1.96 * values.std() / math.sqrt(400)
    assert estimate.high - estimate.low == pytest.approx(expected, rel=0.1)


def test_copies_in_a_group_do_not_narrow_the_interval():
    """Four copies of each of 100 items say no more than the 100 items."""
    values = np.random.default_rng(2).integers(0, 2, size=100).astype(float)
    names = [str(n) for n in range(100)]
    once = mean_of(values, resample(names))
    copied = mean_of(np.tile(values, 4), resample(names * 4))
    assert copied == once


def test_one_group_has_a_value_and_no_interval():
    estimate = mean_of(np.array([0.0, 1.0]), resample(["a", "a"]))
    assert estimate.value == 0.5
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)


def test_no_items_have_no_value():
    estimate = bootstrap(with_count(np.empty(0)), resample([]), lambda sums: sums[..., 0])
    assert math.isnan(estimate.value)


def test_resamples_without_a_value_are_left_out():
    ratio = np.eye(1, 10).T * [[1.0, 1.0]]  # defined with the first item, and then 1
    features = np.column_stack([ratio, np.arange(10) % 2])
    estimate = bootstrap(
        features, resample(range(10)), lambda sums: sums[..., 0] / sums[..., 1] + (sums[..., 2] > 5)
    )
    assert (estimate.value, estimate.low, estimate.high) == (1, 1, 2)


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1])
def test_samples_without_variation_have_no_bounds(value):
    # Forty right answers do not tell that no question would be missed.
    values = np.full(40, value)
    weights = np.arange(1, 41) / 7  # sums of them are rounded
    draws = bootstrap_draws(values[:, None], range(40), seed=0, weights=weights)[:, 0]
    for found in (
        mean_of(values, resample(range(40))),
        *bootstrap_mean(values[:, None], range(40), seed=0),
        bootstrap_rows(np.mean, values, seed=0, resamples=20),
        percentile_interval(value, draws),
    ):
        assert found.value == pytest.approx(value)
        assert math.isnan(found.low)
        assert math.isnan(found.high)


def test_percentile_interval_by_hand():
    # Of 0, …, 40 the quantiles lie on the second and on the last but one.
    draws = np.append(np.arange(41.0), [np.nan, np.inf])
    found = percentile_interval(7.5, draws)
    assert (found.value, found.low, found.high) == (7.5, pytest.approx(1), pytest.approx(39))
    found = percentile_interval(7.5, draws, level=0.5)
    assert (found.low, found.high) == (10, 30)
    assert math.isnan(percentile_interval(1.0, np.array([np.nan])).low)


def test_mean_of_ten_groups_by_hand():
    # The mean of ten groups, five of them of value 1, is a tenth of Bin(10, ½) over the draws:
    # P(≤ 1) = .011, P(≤ 2) = .055, P(≤ 3) = .172, P(≤ 4) = .377.
    values, groups = np.repeat([1, 0], 10)[:, None], np.repeat(np.arange(10), 2)
    (found,) = bootstrap_mean(values, groups, seed=0, level=0.4)
    assert (found.value, found.low, found.high) == (0.5, 0.4, 0.6)
    (found,) = bootstrap_mean(values, groups, seed=0, level=0.95)
    assert (found.low, found.high) == (0.2, 0.8)


def test_interval_of_a_mean_is_that_of_the_normal_law_for_many_groups():
    values = np.arange(1000)[:, None] % 2
    (found,) = bootstrap_mean(values, range(1000), seed=1)
    half = 1.96 * np.sqrt(0.25 / 1000)
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), abs=0.004)


def test_groups_widen_the_interval():
    right = np.repeat(np.arange(50) % 2, 10)[:, None]
    (apart,) = bootstrap_mean(right, range(500), seed=0)
    (together,) = bootstrap_mean(right, [str(i // 10) for i in range(500)], seed=0)
    assert together.high - together.low > 2.5 * (apart.high - apart.low)


def test_means_are_seeded_and_those_of_the_draws():
    values = np.random.default_rng(0).normal(size=(40, 2))
    groups = [str(i // 2) for i in range(40)]
    found = bootstrap_mean(values, groups, seed=3)
    assert found == bootstrap_mean(values, groups, seed=3)
    assert found != bootstrap_mean(values, groups, seed=4)
    draws = bootstrap_draws(values, groups, seed=3)
    assert found[1] == percentile_interval(values[:, 1].mean(), draws[:, 1])


def test_weights_count_items():
    values, groups = np.eye(1, 10).T, np.arange(10)
    heavy = bootstrap_draws(values, groups, seed=0, weights=np.where(groups == 0, 2.0, 1.0))
    again = np.append(0, groups)
    twice = bootstrap_draws(values[again], again, seed=0)
    assert heavy == pytest.approx(twice)


def test_rows_are_drawn_together_and_by_seed():
    first = np.random.default_rng(0).normal(size=(30, 4))
    found = bootstrap_rows(lambda a, b: float((b - a).max() + a.mean()), first, first + 1, seed=0)
    alone = bootstrap_rows(lambda a: float(a.mean()), first, seed=0)
    assert (found.low, found.high) == pytest.approx((alone.low + 1, alone.high + 1))
    mean = bootstrap_rows(lambda a: float(a.mean()), first, seed=2, resamples=100)
    drawn = np.random.default_rng(2).integers(30, size=(100, 30))
    means = [first[rows].mean() for rows in drawn]
    assert (mean.low, mean.high) == pytest.approx(tuple(np.percentile(means, [2.5, 97.5])))


def test_draws_of_rows_without_a_value_are_left_out():
    values = np.eye(1, 10)[0]  # the reciprocal of the mean needs the first
    found = bootstrap_rows(
        lambda a: min(2.0, a.sum()) if a.any() else math.nan, values, seed=0, resamples=200
    )
    assert (found.low, found.high) == (1, 2)
