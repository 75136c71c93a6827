from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from neurgrad_eval.statistics import bootstrap_mean, paired_difference, paired_test, wilson


def test_wilson_by_hand():
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20 (score method, no continuity).
    for right, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)):
        found = wilson(right, n)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert (wilson(0, 20).low, wilson(0, 20).high) == pytest.approx((0, 0.1611), abs=5e-5)


@pytest.mark.parametrize(("right", "n"), [(1, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_proportion(right, n):
    with pytest.raises(ValueError, match="no proportion"):
        wilson(right, n)


def test_one_group_leaves_nothing_to_resample():
    (found,) = bootstrap_mean(np.array([[1], [0], [0], [0]]), ["a"] * 4, seed=0)
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_two_groups_by_hand():
    # Draws of two groups of means 1 and 0: both first, both second, or one each (half the time).
    values = np.array([[1], [1], [0], [0]])
    (found,) = bootstrap_mean(values, ["a", "a", "b", "b"], seed=0, level=0.4)
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
    (found,) = bootstrap_mean(values, ["a", "a", "b", "b"], seed=0, level=0.95)
    assert (found.low, found.high) == (0.0, 1.0)


def test_interval_is_that_of_the_normal_law_for_many_groups():
    values = np.arange(1000)[:, None] % 2
    (found,) = bootstrap_mean(values, [str(i) for i in range(1000)], seed=1)
    half = 1.96 * np.sqrt(0.25 / 1000)
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), abs=0.004)


def test_groups_widen_the_interval():
    right = np.repeat(np.arange(50) % 2, 10)[:, None]
    (apart,) = bootstrap_mean(right, [str(i) for i in range(500)], seed=0)
    (together,) = bootstrap_mean(right, [str(i // 10) for i in range(500)], seed=0)
    assert together.high - together.low > 2.5 * (apart.high - apart.low)


def test_draws_are_seeded():
    values = np.random.default_rng(0).normal(size=(40, 2))
    groups = [str(i // 2) for i in range(40)]
    assert bootstrap_mean(values, groups, seed=3) == bootstrap_mean(values, groups, seed=3)
    assert bootstrap_mean(values, groups, seed=3) != bootstrap_mean(values, groups, seed=4)


def test_difference_is_paired():
    right = np.array([True, False] * 50)
    better = right.copy()
    better[1] = True
    same, other = paired_difference(
        np.stack([right, better], axis=1), right, [str(i) for i in range(100)], seed=0
    )
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert other.value == pytest.approx(0.01)
    assert 0 <= other.low < 0.01 < other.high < 0.05  # unpaired, it would reach beyond 0.1


def test_paired_test_is_mcnemars_where_items_are_apart():
    # The baseline alone is right 2 times, the probe alone 9 times: P(B ≤ 2) + P(B ≥ 9) of 11.
    right = np.array([True] * 9 + [False] * 2 + [True] * 5)
    baseline = np.array([False] * 9 + [True] * 2 + [True] * 5)
    (p,) = paired_test(right[:, None], baseline, [str(i) for i in range(16)])
    assert p == pytest.approx(2 * (1 + 11 + 55) / 2**11)
    assert p == pytest.approx(binomtest(2, 11).pvalue)


def test_paired_test_turns_groups_as_one():
    rng = np.random.default_rng(0)
    right, baseline = rng.random((30, 2)) < 0.7, rng.random(30) < 0.5
    groups = [str(i // 4) for i in range(30)]
    found = paired_test(right, baseline, groups)
    for column, p in zip(right.T, found, strict=True):
        sums = [0] * 8
        for i in range(30):
            sums[i // 4] += int(column[i]) - int(baseline[i])
        all_sums = [abs(np.dot(signs, sums)) for signs in product((-1, 1), repeat=8)]
        assert p == pytest.approx(np.mean([s >= abs(sum(sums)) for s in all_sums]))


def test_paired_test_of_what_never_differs_is_one():
    right = np.array([True, False, True])
    assert paired_test(right[:, None], right, ["a", "b", "c"]) == [1.0]
