"""What is dropped, and the reason that is given."""

from __future__ import annotations

import itertools

import pytest

from builders.builder import Candidate, Draft, Dropped
from builders.making.cleaning import clean
from builders.reading.upstream import UpstreamRow
from builders.registry import all_builders
from builders.text import text_fault
from mceval8k.errors import DataError

NEWS = all_builders()["agnews"]
QUESTIONS = all_builders()["commonsenseqa"]


def article(text, label=0, number=0):
    row = UpstreamRow({}, "owner/set", f"train:{number}", f"train.jsonl: line {number + 1}")
    return Candidate((Draft({"text": text, "label": label}, row),), group=text, stratum=str(label))


def question(options, label=0, text="Where?"):
    row = UpstreamRow({}, "owner/set", "train:0", "train.jsonl: line 1")
    return Candidate((Draft({"text": text, "options": options, "label": label}, row),), group=text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("A sound text: 3 < 4 & 5 > 2; AT&T; a #1 hit\nwith\ttabs", None),
        ("C'est l'été — 你好 “quotes” £5 <3", None),
        (" \n\u3000", "blank-field"),
        ("bell \x07", "broken-field"),
        ("carriage\rreturn", "broken-field"),
        ("lost \ufffd letter", "broken-field"),
        ("half \ud83d a pair", "broken-field"),
        ("line<br />break", "broken-field"),
        ('<A HREF="http://x">', "broken-field"),
        ("Tom &amp; Jerry", "broken-field"),
        ("Smith #39;s", "broken-field"),
        ("said &#8220;no", "broken-field"),
        ("he said quot;no", "broken-field"),
    ],
)
def test_faults_of_texts(text, fault):
    assert text_fault(text) == fault


def test_reasons_are_counted():
    drafted = [
        Dropped("no-entity"),
        article("Sound"),
        article(" SOUND ", number=1),
        article("Disputed", 1, 2),
        article("disputed", 2, 3),
        article("disputed", 2, 4),
        article("<b>bold</b>", 1, 5),
        article("", 1, 6),
    ]
    found = clean(NEWS, drafted)
    assert [each.group for each in found.candidates] == [" SOUND "]  # the first of the raw texts
    assert found.dropped == {
        "blank-field": 1,
        "broken-field": 1,
        "contradictory-labels": 3,
        "duplicate-rows": 1,
        "no-entity": 1,
    }


def test_the_same_rows_in_any_order_leave_the_same_candidates():
    drafted = [article("One"), article("one", number=1), article("Two", 1), article("two", 2)]
    expected = clean(NEWS, drafted)
    assert len(expected.candidates) == 1
    assert all(clean(NEWS, order) == expected for order in itertools.permutations(drafted))


def test_equal_options_are_found_after_normalisation():
    found = clean(QUESTIONS, [question(["Bank", "ｂａｎｋ ", "c", "d", "e"])])
    assert found.dropped == {"duplicate-options": 1}


def test_the_order_of_options_makes_no_other_question():
    first = question(["a", "b", "c", "d", "e"])
    same = question(["e", "d", "c", "b", "a"], label=4)
    other = question(["e", "d", "c", "b", "a"], label=0)
    assert clean(QUESTIONS, [first, same]).dropped == {"duplicate-rows": 1}
    assert clean(QUESTIONS, [first, other]).dropped == {"contradictory-labels": 2}


def test_keys_are_distinct_and_by_content():
    found = clean(NEWS, [article("One"), article("Two"), article("Three")])
    again = clean(NEWS, [article(" two ", number=7)])
    assert len({each.key for each in found.candidates}) == 3
    assert again.candidates[0].key in {each.key for each in found.candidates}


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        (article("Text", label=4, number=2), "train.jsonl: line 3: label 4 is out of range"),
        (question(["a", "b", "c", "d"]), "train.jsonl: line 1: 4 options instead of 5"),
    ],
)
def test_a_row_that_is_none_of_the_tasks_is_named(candidate, message):
    builder = NEWS if "label" in message else QUESTIONS
    with pytest.raises(DataError, match=message):
        clean(builder, [candidate])
