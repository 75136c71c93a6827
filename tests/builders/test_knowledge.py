"""What else is right by the facts of the data."""

from __future__ import annotations

import pytest

from builders.making.knowledge import Knowledge, Statement, filled


def knowledge(*facts):
    return Knowledge(
        tuple(
            Statement(relation, subject, object_, object_, "en")
            for relation, subject, object_ in facts
        )
    )


@pytest.mark.parametrize(
    ("facts", "asked", "right"),
    [
        ([("P47", "France", "Spain")], ("P47", "Spain"), {"France"}),
        ([("P36", "France", "Paris")], ("P1376", "Paris"), {"France"}),
        ([("P1376", "Paris", "France")], ("P36", "France"), {"Paris"}),
        ([("P361", "wheel", "car")], ("P527", "car"), {"wheel"}),
        ([("P361", "rim", "wheel"), ("P361", "wheel", "car")], ("P361", "rim"), {"wheel", "car"}),
        ([("P361", "rim", "wheel"), ("P527", "car", "wheel")], ("P527", "car"), {"wheel", "rim"}),
        (
            [("P131", "Louvre", "Paris"), ("P17", "Paris", "France")],
            ("P276", "Louvre"),
            {"Paris", "France"},
        ),
        ([("P47", "France", "Spain"), ("P47", "Spain", "Portugal")], ("P47", "France"), {"Spain"}),
        (
            [("P19", "Ann", "Rome"), ("place_of_birth", "Ann", "Lazio")],
            ("P19", "Ann"),
            {"Rome", "Lazio"},
        ),
        ([("P279", "a", "b"), ("P279", "b", "a")], ("P279", "a"), {"a", "b"}),
        ([("P19", "Ann", "Rome")], ("P20", "Ann"), set()),
    ],
)
def test_facts_are_read_in_both_directions_and_upwards(facts, asked, right):
    assert knowledge(*facts).golds(*asked) == right


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("[X] was born in [Y] .", "Ann was born in [Y]."),
        ("[X] , a [Y] .", "Ann, a [Y]."),
        ("[X] est né en [Y] !", "Ann est né en [Y] !"),
        ("[X] owns .net [Y]", "Ann owns .net [Y]"),
    ],
)
def test_no_space_before_a_full_stop(template, text):
    assert filled(template, " Ann ") == text
