"""Training rows in balanced blocks: as many as there can be, in every language, and checked."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.making.ordering import Place, a_block, order_faults, ordered
from mceval8k.registry import get_task

XNLI, LTI, AGNEWS = get_task("xnli"), get_task("lti"), get_task("agnews")


def items_of(places):
    return [
        {"id": f"t-{number}", "label": label, "group": group, "lang": lang}
        for number, (label, group, lang) in enumerate(places)
    ]


def faults(task, items):
    return list(
        order_faults(task, *([item[name] for item in items] for name in ("label", "group", "lang")))
    )


ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from("abcdefgh"), st.sampled_from(("en", "fr"))),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(ROWS, st.sampled_from((XNLI, LTI)), st.integers(0, 3))
def test_the_order_is_one_that_validation_accepts(places, task, seed):
    items = items_of(places)
    found = ordered(items, task, "train", seed)
    assert sorted(item["id"] for item in found) == sorted(item["id"] for item in items)
    assert faults(task, found) == []
    assert found == ordered(items[::-1], task, "train", seed)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=4, max_size=60))
def test_rows_of_their_own_groups_give_as_many_blocks_as_the_rarest_label_has(labels):
    items = items_of((label, str(number), "en") for number, label in enumerate(labels))
    found = ordered(items, AGNEWS, "train", 0)
    width = len(set(labels))
    blocks = min(Counter(labels).values())
    for start in range(0, blocks * width, width):
        assert {item["label"] for item in found[start : start + width]} == set(labels)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abcd")), max_size=9))
def test_a_block_is_found_where_there_is_one(pairs):
    places = [Place(*pair) for pair in pairs]
    every = (
        rows
        for rows in permutations(range(len(places)), 3)
        if len({places[row].label for row in rows}) == 3
        and len({places[row].group for row in rows}) == 3
    )
    found = a_block(places, {0, 1, 2}, range(len(places)))
    assert (found is None) == (next(every, None) is None)
    if found is not None:
        assert [places[row].label for row in found] == [0, 1, 2]
        assert len({places[row].group for row in found}) == 3


def test_a_large_group_is_spread_over_the_blocks():
    """Half of the rows are of one group; each block can hold one of them."""
    rows = [
        (label, "large" if turn % 2 else f"{label}-{turn}", "en")
        for label in range(2)
        for turn in range(8)
    ]
    found = ordered(items_of(rows), replace(AGNEWS, fixed_options=None), "train", 0)
    for one, other in zip(found[::2], found[1::2], strict=True):
        assert {one["label"], other["label"]} == {0, 1}
        assert one["group"] != other["group"]


def test_the_first_rows_of_each_language_are_balanced_and_languages_take_turns():
    rows = [(n % 3, f"{lang}{n}", lang) for lang in ("en", "fr", "de") for n in range(12)]
    found = ordered(items_of(rows), XNLI, "train", 0)
    assert {item["lang"] for item in found[:9]} == {"en", "fr", "de"}
    for lang in ("en", "fr", "de"):
        first = islice((item["label"] for item in found if item["lang"] == lang), 6)
        assert sorted(first) == [0, 0, 1, 1, 2, 2]


def test_where_the_language_is_asked_a_block_holds_every_language():
    langs = ("en", "fr", "de", "zh", "es")
    rows = [(n % 5, str(n), langs[n % 5]) for n in range(20)]
    found = ordered(items_of(rows), LTI, "train", 0)
    assert {item["lang"] for item in found[:5]} == set(langs)


def test_held_out_splits_are_not_in_blocks():
    items = items_of((n % 2, str(n), "en") for n in range(64))
    assert ordered(items, AGNEWS, "test", 0) != ordered(items, AGNEWS, "train", 0)
    assert faults(AGNEWS, ordered(items, AGNEWS, "test", 0))


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([(0, "a"), (0, "b"), (1, "c"), (1, "d")], (0, "rows 0, 2 would be one more")),
        ([(0, "a"), (1, "a"), (0, "b"), (1, "b")], (0, "would be one more")),
        ([(0, "a"), (1, "b"), (1, "c"), (1, "d"), (0, "e")], (2, "rows 2, 4 would be")),
        ([(0, "a"), (1, "b"), (1, "c"), (1, "d")], None),
        ([(0, "a"), (1, "a")], None),
    ],
)
def test_validation_names_where_the_order_breaks_off(rows, fault):
    found = faults(AGNEWS, items_of((*row, "en") for row in rows))
    if fault is None:
        assert found == []
    else:
        ((row, message),) = found
        assert row == fault[0]
        assert fault[1] in message


def test_blocks_of_a_language_must_not_stand_behind_what_is_in_none():
    rows = [(0, "a", "en"), (1, "b", "en"), (0, "c", "en"), (0, "d", "fr"), (1, "e", "fr")]
    ((row, message),) = faults(XNLI, items_of(rows))
    assert (row, message) == (2, "2 balanced blocks, but only 1 at the beginning")
