"""Draws that a web page repeats, and the number of items that tell two models apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from mceval8k.statistics import items_needed, least_difference, portable_resample, seed_of
from mceval8k.statistics.portable import GOLDEN, hashed


def lowbias32(x):
    """As it is published, one number at a time."""
    x ^= x >> 16
    x = x * 0x7FEB352D % 2**32
    x ^= x >> 15
    x = x * 0x846CA68B % 2**32
    return x ^ (x >> 16)


def test_the_hash_is_the_published_one():
    numbers = [0, 1, 2, 12345, 2**31, 2**32 - 1]
    assert hashed(np.array(numbers, np.uint64)).tolist() == [lowbias32(x) for x in numbers]


def test_draws_follow_from_the_formula():
    drawn = portable_resample([5, 5, 7, 9], seed=3, resamples=150)
    assert drawn.groups.tolist() == [0, 0, 1, 2]
    for d in (0, 1, 120):
        picked = [3 * lowbias32((3 * d + k + 3 * GOLDEN) % 2**32) >> 32 for k in range(3)]
        assert drawn.times[d].tolist() == [picked.count(group) for group in range(3)]


def test_draws_are_uniform_and_seeds_differ():
    times = portable_resample(range(50), seed=seed_of("agnews")).times
    assert (times.sum(axis=1) == 50).all()
    counts = times.sum(axis=0)  # 100,000 picks over 50 groups
    assert ((counts - 2000) ** 2 / 2000).sum() < 85  # 99.9 % of chi-square with 49 degrees
    assert times.var() == pytest.approx(0.98, abs=0.02)
    other = portable_resample(range(50), seed=seed_of("lti")).times
    assert abs(np.corrcoef(times.ravel(), other.ravel())[0, 1]) < 0.02


def mcnemar_power(n, difference, discordant, times=4000):
    """Share of simulated pairs of models whose exact McNemar p is below 0.05."""
    draw = np.random.default_rng(0)
    found = draw.binomial(n, discordant, times)
    wins = draw.binomial(found, 0.5 + difference / discordant / 2)
    p = 2 * binom.cdf(np.minimum(wins, found - wins), found, 0.5)
    return (p < 0.05).mean()


@pytest.mark.parametrize(("difference", "discordant"), [(0.01, 0.2), (0.02, 0.1), (0.05, 0.3)])
def test_so_many_items_give_the_power(difference, discordant):
    n = items_needed(difference, discordant)
    assert mcnemar_power(n, difference, discordant) == pytest.approx(0.8, abs=0.035)
    assert mcnemar_power(n // 2, difference, discordant) < 0.6


def test_the_least_difference_is_the_inverse():
    found = least_difference(1000, 0.3)
    assert items_needed(found, 0.3) <= 1000 < items_needed(0.99 * found, 0.3)
    assert np.isnan(least_difference(3, 0.1))
    with pytest.raises(ValueError, match=r"no difference of 0\.3 among 0\.2"):
        items_needed(0.3, 0.2)
