"""Two models on the same items: against values worked by hand, SciPy, and simulation."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from scipy.stats import binomtest

from harness.metrics.comparison import Pair, compare
from mceval8k.statistics import portable_resample


def pair(task, genre, first, second, groups=None, chance=0.5):
    one, two = np.array(first, bool), np.array(second, bool)
    numbers = np.arange(len(one)) if groups is None else np.array(groups)
    return Pair(task, genre, one, two, numbers.astype(np.uint32), chance)


def named(found):
    return {line.name: line for line in found}


def test_the_averages_weigh_genres_and_chance():
    """Task a: 3 and 1 of 4, chance 1/2; b: 2 and 2 of 2, 1/4; c: 0 and 4 of 4, 0.2."""
    found = named(
        compare(
            [
                pair("a", "one", [1, 1, 1, 0], [0, 0, 1, 0], chance=0.5),
                pair("b", "one", [1, 1], [1, 1], chance=0.25),
                pair("c", "two", [0, 0, 0, 0], [1, 1, 1, 1], chance=0.2),
            ]
        )
    )
    one = (0.75 + 1) / 2, (0.25 + 1) / 2
    assert (found["one"].first, found["one"].second) == pytest.approx(one)
    assert found["genre_macro"].difference.value == pytest.approx((one[0] - one[1] - 1) / 2)
    assert found["micro"].difference.value == pytest.approx((3 + 2 - 1 - 2 - 4) / 10)
    corrected = ((0.5 + 1) / 2 - 0.25) / 2, ((-0.5 + 1) / 2 + 1) / 2
    assert (found["chance_corrected"].first, found["chance_corrected"].second) == pytest.approx(
        corrected
    )
    assert (found["a"].only_first, found["a"].only_second, found["micro"].only_second) == (2, 0, 4)
    assert math.isnan(found["a"].difference.low)  # four groups are too few for an interval
    assert [line.level for line in compare([pair("a", "g", [1], [0])])] == [
        *["average"] * 3,
        "genre",
        "task",
    ]


def test_p_is_mcnemars_where_each_item_is_its_own_group():
    draw = np.random.default_rng(0)
    pairs = [pair(f"t{k}", "g", draw.random(60) < 0.7, draw.random(60) < 0.5) for k in range(3)]
    found = named(compare(pairs))
    raw = []
    for each in pairs:
        line = found[each.task]
        raw.append(binomtest(line.only_first, line.only_first + line.only_second).pvalue)
        assert line.p == pytest.approx(raw[-1])
    smallest = min(range(3), key=raw.__getitem__)
    assert found[f"t{smallest}"].p_holm == pytest.approx(min(1, 3 * raw[smallest]))
    counts = [found["micro"].only_first, found["micro"].only_second]
    assert found["micro"].p == pytest.approx(binomtest(counts[0], sum(counts)).pvalue)


def test_items_of_one_group_are_one_coin():
    """Five items of one sentence that only the first gets right are no better than one."""
    grouped = named(compare([pair("t", "g", [1] * 5 + [0], [0] * 6, [0] * 5 + [1])]))
    assert grouped["t"].p == 1.0
    alone = named(compare([pair("t", "g", [1] * 5 + [0], [0] * 6)]))
    assert alone["t"].p == pytest.approx(2 / 32)


NAMES = ["t0", "g0", "genre_macro", "chance_corrected", "micro"]
"""Lines of three tasks in two genres whose groups have two items, answered alike more often than by
chance."""


def test_intervals_hold_the_difference():
    """Of 200 pairs of models that differ by 0.04; the standard error of the share is 0.015."""
    draw, held = np.random.default_rng(1), dict.fromkeys(NAMES, 0)
    for _ in range(200):
        found = named(compare([_drawn(draw, k, 0.04) for k in range(3)]))
        for name in NAMES:
            true = 0.04 / 0.75 if name == "chance_corrected" else 0.04
            held[name] += found[name].difference.low <= true <= found[name].difference.high
    assert all(0.91 <= count / 200 <= 0.985 for count in held.values()), held


def test_p_keeps_its_level(monkeypatch):
    """Of 1,500 pairs of models that are equally good; p needs no draws."""
    few = partial(portable_resample, resamples=2)
    monkeypatch.setattr("harness.metrics.comparison.portable_resample", few)
    draw, below = np.random.default_rng(2), dict.fromkeys(NAMES, 0)
    for _ in range(1500):
        found = named(compare([_drawn(draw, k, 0.0) for k in range(3)]))
        for name in NAMES:
            below[name] += found[name].p < 0.05
    assert all(0.02 <= count / 1500 <= 0.065 for count in below.values()), below


def _drawn(draw, task, gap, groups=100):
    shared = np.repeat(draw.random(groups), 2)
    hard = np.where(draw.random(2 * groups) < 0.5, shared, draw.random(2 * groups))
    first = hard < 0.6 + gap
    flip = np.repeat(draw.random(groups) < 0.5, 2)
    second = np.where(flip, hard < 0.6, draw.random(2 * groups) < 0.6)
    first = np.where(
        np.repeat(draw.random(groups) < 0.5, 2), first, draw.random(2 * groups) < 0.6 + gap
    )
    return pair(f"t{task}", f"g{task % 2}", first, second, np.arange(2 * groups) // 2, 0.25)
