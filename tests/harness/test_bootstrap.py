from __future__ import annotations

import math

import numpy as np
import pytest

from harness.bootstrap import bootstrap, group_weights, mean_of, with_count


def test_groups_are_drawn_whole_and_as_many_as_there_are() -> None:
    weights = group_weights(["b", "a", "b", "c"])
    np.testing.assert_array_equal(weights[:, 0], weights[:, 2])
    np.testing.assert_array_equal(weights[:, [0, 1, 3]].sum(axis=1), 3)
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.1)


def test_draws_depend_on_the_seed_alone() -> None:
    groups = ["x", "y", "z"] * 5
    np.testing.assert_array_equal(group_weights(groups), group_weights(groups))
    assert (group_weights(groups) != group_weights(groups, seed=1)).any()


def test_matrix_product_is_the_loop_over_resampled_items() -> None:
    generator = np.random.default_rng(0)
    values, groups = generator.normal(size=20), [f"g{n % 7}" for n in range(20)]
    weights = group_weights(groups, resamples=50)
    drawn = [np.repeat(values, row.astype(int)).mean() for row in weights]
    estimate = mean_of(values, weights)
    assert estimate.value == pytest.approx(values.mean())
    assert (estimate.low, estimate.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))


def test_interval_of_independent_items_is_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(size=400)
    estimate = mean_of(values, group_weights([str(n) for n in range(400)]))
    expected = 2 * 1.96 * values.std() / math.sqrt(400)
    assert estimate.high - estimate.low == pytest.approx(expected, rel=0.1)


def test_copies_in_a_group_do_not_narrow_the_interval() -> None:
    """Four copies of each of 100 items say no more than the 100 items."""
    values = np.random.default_rng(2).integers(0, 2, size=100).astype(float)
    names = [str(n) for n in range(100)]
    once = mean_of(values, group_weights(names))
    copied = mean_of(np.tile(values, 4), group_weights(names * 4))
    assert copied == once


def test_one_group_has_a_value_and_no_interval() -> None:
    estimate = mean_of(np.array([0.0, 1.0]), group_weights(["a", "a"]))
    assert estimate.value == 0.5
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)


def test_no_items_have_no_value() -> None:
    estimate = bootstrap(with_count(np.empty(0)), group_weights([]), lambda sums: sums[..., 0])
    assert math.isnan(estimate.value)


def test_resamples_without_a_value_are_left_out() -> None:
    features = np.array([[1.0, 1.0], [0.0, 0.0]])  # the ratio needs the first item
    estimate = bootstrap(
        features, group_weights(["a", "b"]), lambda sums: sums[..., 0] / sums[..., 1]
    )
    assert (estimate.value, estimate.low, estimate.high) == (1, 1, 1)
