from __future__ import annotations

import numpy as np
import pytest

from mceval8k.statistics import Null, null_of


def test_null_by_hand():
    # Of 0, …, 200 the quantiles lie on the fifth and on the last but five.
    draws = np.stack([np.arange(201.0), np.full(201, 0.5)], axis=1)
    first, second = null_of(draws)
    assert (first.mean, first.low, first.high) == pytest.approx((100, 5, 195))
    assert second == Null(0.5, 0.5, 0.5, 201)


def test_few_draws_have_the_range_of_the_draws():
    (found,) = null_of(np.arange(41.0)[:, None])
    assert (found.low, found.high, found.draws) == (0, 40, 41)
