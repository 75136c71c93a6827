from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from mceval8k.statistics import independent_difference, paired_difference, paired_test


def test_difference_is_paired():
    right = np.array([True, False] * 50)
    better = right.copy()
    better[1] = True
    same, other = paired_difference(
        np.stack([right, better], axis=1), right, [str(i) for i in range(100)], seed=0
    )
    assert same.value == 0
    assert np.isnan([same.low, same.high]).all()  # the same answers: nothing tells how far off
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


def test_difference_of_other_items():
    first, second = np.ones((50, 1)), np.array([[1]] * 25 + [[0]] * 25)
    groups = [str(i) for i in range(50)]
    (found,) = independent_difference(first, groups, second, groups, seed=0)
    assert found.value == 0.5
    assert 0.5 - 0.17 < found.low < 0.5 - 0.1
    assert 0.5 + 0.1 < found.high < 0.5 + 0.17


def test_both_sides_are_drawn_on_their_own():
    # Drawn alike, a difference to itself would have no spread; here the variances add up.
    values, groups = np.arange(400)[:, None] % 2, range(400)
    (found,) = independent_difference(values, groups, values, groups, seed=0)
    half = 1.96 * np.sqrt(2 * 0.25 / 400)
    assert (found.low, found.high) == pytest.approx((-half, half), abs=0.01)
