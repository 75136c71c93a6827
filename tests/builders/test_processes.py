"""Work that processes share."""

from __future__ import annotations

import math
import os

import pytest

from builders.processes import in_order
from mceval8k.errors import DataError


@pytest.mark.parametrize("processes", [1, 2])
def test_results_are_in_the_order_of_the_work(processes):
    assert list(in_order(math.factorial, [5, 4, 3, 2], processes, title="work")) == [120, 24, 6, 2]


def test_a_worker_that_dies_is_one_line():
    with pytest.raises(DataError, match="a worker process ended before its work was done") as told:
        list(in_order(os._exit, [3, 3], 2, title="work"))
    assert "\n" not in str(told.value)
