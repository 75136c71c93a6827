"""Statistics against values worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from neurgrad_eval.properties.inference import (
    above_chance,
    bootstrap_draws,
    independent_difference,
    overlap,
    percentile_interval,
    smallest_within_one_error,
    standard_errors,
)
from neurgrad_eval.statistics import bootstrap_mean, holm


def test_standard_error_of_single_items_is_the_plain_one():
    values = np.random.default_rng(0).normal(size=(30, 3))
    expected = values.std(axis=0, ddof=1) / np.sqrt(30)
    assert standard_errors(values, [str(i) for i in range(30)]) == pytest.approx(expected)


def test_standard_error_over_groups_by_hand():
    # Mean 0.5; the groups' sums of deviations are 1, -1 and 0; G/(G - 1) = 3/2; n = 6.
    values = np.array([[1], [1], [0], [0], [1], [0]])
    found = standard_errors(values, ["a", "a", "b", "b", "c", "c"])
    assert found == pytest.approx([np.sqrt(3 / 2 * 2) / 6])


def test_one_group_has_no_standard_error():
    with pytest.raises(ValueError, match="one group"):
        standard_errors(np.ones((3, 1)), ["a", "a", "a"])


def test_smallest_within_one_error_by_hand():
    # Accuracies .4, .6, .7; the best one's error is sqrt(.7 * .3 / 9) = .153: .6 is near enough.
    right = np.zeros((10, 3), dtype=bool)
    for column, count in enumerate((4, 6, 7)):
        right[:count, column] = True
    groups = [str(i) for i in range(10)]
    assert smallest_within_one_error(right, (1, 2, 4), groups) == 2
    assert smallest_within_one_error(right[:, [0, 2]], (1, 4), groups) == 4


def test_answers_that_are_always_the_same_are_not_above_chance():
    labels = np.array([0] * 9 + [1])
    found = above_chance(np.zeros((10, 1), dtype=int), labels, [str(i) for i in range(10)])
    assert found.lift == pytest.approx([0])
    assert found.p == pytest.approx([0.5])


def test_above_chance_by_hand():
    labels = np.array([0, 0, 1, 1])
    found = above_chance(labels[:, None], labels, list("abcd"))
    assert found.lift == pytest.approx([0.5])
    assert found.p == pytest.approx([0])
    half = above_chance(np.array([[0], [0], [1], [0]]), labels, list("abcd"))
    gains = np.array([0.5, 0.5, 0.5, -0.5])
    z = gains.mean() / (gains.std(ddof=1) / 2)
    assert half.p == pytest.approx([stats.norm.sf(z)])


def test_p_values_of_no_signal_are_rarely_small():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, size=200)
    answers = rng.integers(0, 4, size=(200, 400))
    p = above_chance(answers, labels, [str(i) for i in range(200)]).p
    assert 0.02 < (p < 0.05).mean() < 0.09
    assert (holm(p) < 0.05).sum() <= 1


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == pytest.approx([1, 1])


def test_overlap_by_hand():
    found = overlap(np.array([0, 1, 2]), np.array([1, 2, 9]), 10)
    assert (found.common, found.jaccard, found.expected) == (2, 0.5, pytest.approx(0.9))
    assert found.p == pytest.approx((3 * 7 + 1) / 120)
    assert overlap(np.array([0]), np.array([1]), 10).p == 1


def test_draws_are_those_of_the_bootstrap_of_means():
    values = np.random.default_rng(1).integers(0, 2, size=(40, 2))
    groups = [str(i // 2) for i in range(40)]
    mean = bootstrap_mean(values, groups, seed=5)[1]
    draws = bootstrap_draws(values, groups, seed=5)
    found = percentile_interval(mean.value, draws[:, 1])
    assert (found.low, found.high) == pytest.approx((mean.low, mean.high), abs=0.02)


def test_weights_count_items():
    values, groups = np.array([[1.0], [0.0], [0.0]]), list("abc")
    heavy = bootstrap_draws(values, groups, seed=0, weights=np.array([2.0, 1.0, 1.0]))
    twice = bootstrap_draws(values[[0, 0, 1, 2]], list("aabc"), seed=0)
    assert heavy == pytest.approx(twice)


def test_difference_of_other_items():
    first, second = np.ones((50, 1)), np.array([[1]] * 25 + [[0]] * 25)
    groups = [str(i) for i in range(50)]
    (found,) = independent_difference(first, groups, second, groups, seed=0)
    assert found.value == 0.5
    assert 0.5 - 0.17 < found.low < 0.5 - 0.1
    assert 0.5 + 0.1 < found.high < 0.5 + 0.17
