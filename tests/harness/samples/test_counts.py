from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.samples.counts import Count, genre_macro, micro


@st.composite
def counts(draw: st.DrawFn) -> Count:
    n = draw(st.integers(1, 3000))
    return Count(draw(st.integers(0, n)), n)


def test_micro_weighs_items_and_macro_weighs_genres() -> None:
    small, large = Count(9, 10), Count(100, 1000)
    assert micro([small, large]).value == pytest.approx(109 / 1010)
    assert genre_macro({"nli": [small], "factuality": [large]}).value == pytest.approx(0.5)
    # Two tasks of one genre share its weight: (0.9 + 0.1) / 2 and 0.1 average to 0.3.
    both = genre_macro({"nli": [small, large], "factuality": [large]})
    assert both.value == pytest.approx(0.3)


@given(counts())
def test_macro_of_one_task_is_wilson(count: Count) -> None:
    assert genre_macro({"nli": [count]}).value == pytest.approx(count.estimate.value)
    assert genre_macro({"nli": [count]}).low == pytest.approx(count.estimate.low, abs=1e-12)
    assert genre_macro({"nli": [count]}).high == pytest.approx(count.estimate.high, abs=1e-12)


def test_macro_interval_nears_the_normal_one_for_many_items() -> None:
    genres = {"nli": [Count(30_000, 100_000)], "factuality": [Count(80_000, 100_000)]}
    spread = math.sqrt((0.3 * 0.7 + 0.8 * 0.2) / 4 / 100_000)
    estimate = genre_macro(genres)
    assert estimate.low == pytest.approx(0.55 - 1.959964 * spread, abs=1e-5)
    assert estimate.high == pytest.approx(0.55 + 1.959964 * spread, abs=1e-5)


def test_macro_interval_does_not_vanish_when_all_is_right() -> None:
    estimate = genre_macro({"nli": [Count(20, 20)], "factuality": [Count(20, 20)]})
    assert estimate.value == estimate.high == 1.0
    assert estimate.low < 0.95
