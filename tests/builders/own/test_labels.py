"""How the right option is named: seen from all rows, and refused where nobody can know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.own.labels import read_labels
from mceval8k.errors import DataError

THREE = ("cat", "dog", "owl")


@pytest.mark.parametrize(
    ("labels", "indices"),
    [
        ([0, 1, 2], [0, 1, 2]),
        (["0", " 2", "1"], [0, 2, 1]),
        ([1, 2, 3], [0, 1, 2]),
        (["A", "c", "B"], [0, 2, 1]),
        (["owl", "Cat", " dog "], [2, 0, 1]),
        ([1.0, 0.0, 2.0], [1, 0, 2]),
    ],
)
def test_a_way_of_naming_is_seen_from_all_rows(labels, indices):
    assert read_labels(labels, [THREE] * 3, None) == indices


def test_two_ways_that_disagree_are_refused():
    with pytest.raises(DataError, match=r"as an index from 0 and as a number from 1, and 1 means"):
        read_labels([1, 2], [THREE] * 2, None)
    assert read_labels([1, 2], [THREE] * 2, "index") == [1, 2]
    assert read_labels([1, 2], [THREE] * 2, "number") == [0, 1]


def test_digits_as_options_are_told_from_indices():
    options = [("2", "0", "1"), ("1", "2", "0")]
    with pytest.raises(DataError, match="an index from 0 and as an option's text"):
        read_labels(["0", "0"], options, None)
    assert read_labels(["0", "0"], options, "text") == [1, 2]
    assert read_labels(["7", "9"], [("7", "9"), ("8", "9")], None) == [0, 1]


def test_letters_as_options_may_agree():
    assert read_labels(["B", "A"], [("A", "B")] * 2, None) == [1, 0]


def test_what_cannot_be_read_is_none():
    assert read_labels(["A", "B", "Z"], [THREE] * 3, None) == [0, 1, None]
    assert read_labels([0, True, None], [THREE] * 3, None) == [0, None, None]
    assert read_labels(["dog", "fox"], [THREE] * 2, "text") == [1, None]


@given(st.lists(st.integers(0, 2), min_size=1, max_size=20), st.sampled_from(["letter", "text"]))
def test_every_naming_of_the_same_options_is_read_alike(indices, kind):
    named = {"letter": [*"ABC"], "text": THREE}[kind]
    assert read_labels([named[i] for i in indices], [THREE] * len(indices), None) == indices
