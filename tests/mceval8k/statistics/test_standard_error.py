from __future__ import annotations

import numpy as np
import pytest

from mceval8k.statistics import smallest_within_one_error, standard_errors


def test_standard_error_of_single_items_is_the_plain_one():
    values = np.random.default_rng(0).normal(size=(30, 3))
    expected = values.std(axis=0, ddof=1) / np.sqrt(30)
    assert standard_errors(values, [str(i) for i in range(30)]) == pytest.approx(expected)


def test_standard_error_over_groups_by_hand():
    # Mean 0.5; the groups' sums of deviations are 1, -1 and 0; G/(G - 1) = 3/2; n = 6.
    values = np.array([[1], [1], [0], [0], [1], [0]])
    found = standard_errors(values, ["a", "a", "b", "b", "c", "c"])
    assert found == pytest.approx([np.sqrt(3 / 2 * 2) / 6])


def test_one_group_has_no_standard_error():
    with pytest.raises(ValueError, match="one group"):
        standard_errors(np.ones((3, 1)), ["a", "a", "a"])


def test_smallest_within_one_error_by_hand():
    # Accuracies .4, .6, .7; the best one's error is sqrt(.7 * .3 / 9) = .153: .6 is near enough.
    right = np.zeros((10, 3), dtype=bool)
    for column, count in enumerate((4, 6, 7)):
        right[:count, column] = True
    groups = [str(i) for i in range(10)]
    assert smallest_within_one_error(right, (1, 2, 4), groups) == 2
    assert smallest_within_one_error(right[:, [0, 2]], (1, 4), groups) == 4
