from __future__ import annotations

import numpy as np
import pytest

from mceval8k.statistics import Null, null_of


def test_null_by_hand():
    # Of 0, …, 40 the quantiles lie on the second and on the last but one.
    draws = np.stack([np.arange(41.0), np.full(41, 0.5)], axis=1)
    first, second = null_of(draws)
    assert (first.mean, first.low, first.high) == pytest.approx((20, 1, 39))
    assert second == Null(0.5, 0.5, 0.5, 41)
