from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mceval8k.statistics import above_chance, holm, overlap


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
    expected = stats.ttest_1samp(gains, 0, alternative="greater").pvalue
    assert half.p == pytest.approx([expected])


def test_p_values_of_no_signal_are_rarely_small():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, size=200)
    answers = rng.integers(0, 4, size=(200, 400))
    p = above_chance(answers, labels, [str(i) for i in range(200)]).p
    assert 0.02 < (p < 0.05).mean() < 0.09
    assert (holm(p) < 0.05).sum() <= 1


def test_overlap_by_hand():
    found = overlap(np.array([0, 1, 2]), np.array([1, 2, 9]), 10)
    assert (found.common, found.jaccard, found.expected) == (2, 0.5, pytest.approx(0.9))
    assert found.p == pytest.approx((3 * 7 + 1) / 120)
    assert overlap(np.array([0]), np.array([1]), 10).p == 1
