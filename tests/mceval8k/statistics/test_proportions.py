from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mceval8k.statistics import share_of, wilson


def test_wilson_by_hand():
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20 (score method, no continuity).
    for right, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)):
        found = wilson(right, n)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert (wilson(0, 20).low, wilson(0, 20).high) == pytest.approx((0, 0.1611), abs=5e-5)


def test_wilson_has_the_textbook_values():
    # R: binom::binom.confint(8, 10, methods = "wilson"), and 0 of 10.
    estimate = wilson(8, 10)
    assert estimate.value == 0.8
    assert (estimate.low, estimate.high) == pytest.approx((0.4901625, 0.9433178), abs=1e-7)
    assert wilson(0, 10).low == 0.0
    assert wilson(0, 10).high == pytest.approx(0.2775328, abs=1e-7)


@given(st.integers(1, 3000))
def test_bounds_are_exact_at_the_ends(n):
    assert (wilson(0, n).low, wilson(n, n).high) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "n"), [(1, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_proportion(right, n):
    with pytest.raises(ValueError, match="no proportion"):
        wilson(right, n)


def test_share_of_items():
    assert share_of(np.array([True, False, False, True, True])) == wilson(3, 5)
