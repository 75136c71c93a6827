"""Numbers as texts, and which rows and columns a view shows."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from neurgrad_eval.show.cells import MINUS, NOTHING, grid, write
from neurgrad_eval.show.views import View, expand

TABLE = pa.table(
    {
        "probe": ["tree", "vote", "vote"],
        "neurons": [1024, 256, None],
        "accuracy": [0.80349, 0.5, None],
        "accuracy_low": [0.7, 0.4, None],
        "accuracy_high": [0.9, 0.6, None],
        "lists": [[1], [2], [3]],
    }
)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.80349, "share", "0.803"),
        (-0.0004, "share", "0.000"),
        (-0.25, "share", f"{MINUS}0.250"),
        (0.5569, "change", "+0.557"),
        (-0.0001, "change", "+0.000"),
        (46080, "count", "46,080"),
        (1.234567, "number", "1.235"),
        (0.0000123, "small", f"1.2e{MINUS}05"),
        (0.0009, "p", "<0.001"),
        (0.048, "p", "0.048"),
        (None, "share", NOTHING),
        (float("nan"), "p", NOTHING),
        ("<b>", "text", "<b>"),
    ],
)
def test_numbers_are_written_by_their_format(value, form, text):
    assert write(value, form) == text


def test_bounds_stand_beside_their_value():
    cells = grid(TABLE, View("", "t", columns="probe accuracy"))
    assert cells.headings == ("probe", "accuracy")
    assert cells.rows[0] == ("tree", "0.803 [0.700, 0.900]")
    assert cells.rows[2] == ("vote", NOTHING)
    assert cells.numeric == (False, True)


def test_bounds_that_are_not_known_are_left_out():
    bare = pa.table({"accuracy": [0.5], "accuracy_low": [math.nan], "accuracy_high": [math.nan]})
    assert grid(bare, View("", "t")).rows == (("0.500",),)


def test_without_columns_all_are_shown_but_bounds_lists_and_what_is_asked_for():
    cells = grid(TABLE, View("", "t"))
    assert cells.headings == ("probe", "neurons", "accuracy")
    assert cells.rows[0][1] == "1,024"
    assert grid(TABLE, View("", "t", where={"probe": "vote"})).headings == ("neurons", "accuracy")


def test_what_is_the_same_in_all_rows_of_a_run_is_left_out():
    one = pa.table({"run": ["a", "a"], "x": [1, 2]})
    two = pa.table({"run": ["a", "b"], "x": [1, 2]})
    assert grid(one, View("", "t")).headings == ("x",)
    assert grid(two, View("", "t")).headings == ("run", "x")


def test_a_view_shows_the_rows_that_it_asks_for():
    assert len(grid(TABLE, View("", "t", where={"probe": "vote"})).rows) == 2
    assert len(grid(TABLE, View("", "t", where={"neurons": None})).rows) == 1


def test_columns_are_headed_and_written_by_their_name():
    table = pa.table({"p_holm": [0.0001], "loss": [-0.25], "random": [0.3]})
    cells = grid(table, View("", "t"))
    assert cells.headings == ("p (Holm)", "lost", "random neurons")
    assert cells.rows[0] == ("<0.001", f"{MINUS}0.250", "0.300")


def test_a_view_for_each_value():
    views = [View("Bands", "t", each="probe"), View("gone", "none"), View("whole", "t")]
    found = list(expand(views, {"t": TABLE}))
    assert [view.heading for view in found] == ["Bands: tree", "Bands: vote", "whole"]
    assert found[1].where == {"probe": "vote"}
