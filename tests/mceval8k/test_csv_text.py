"""CSV that a spreadsheet and Python's reader understand alike, whatever stands in a cell."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mceval8k.csv_text import safe_text, to_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "\n=x", " =1+1", "＝1"])
def test_text_that_looks_like_a_formula_is_marked(text):
    assert safe_text(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "cell"), [("agnews", "agnews"), (-1.5, "-1.5"), (0, "0"), (None, ""), ("", "")]
)
def test_other_values_stay(value, cell):
    assert to_csv(["a", "b"], [{"a": value, "b": 1}]) == f"a,b\n{cell},1\n"


def test_a_carriage_return_starts_no_row():
    assert to_csv(["a"], [{"a": "x\r=1"}]) == 'a\n"x\r=1"\n'


TEXTS = st.text(st.characters(exclude_characters="\0"))  # which Python 3.10's reader refuses


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_what_is_written_is_read_back(rows):
    named = [{"a": first, "b": second} for first, second in rows]
    text = to_csv(["a", "b"], named)
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert found == [{k: safe_text(v) for k, v in row.items()} for row in named]
