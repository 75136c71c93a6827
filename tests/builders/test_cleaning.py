"""What is dropped, and the reason that is given."""

from __future__ import annotations

import itertools

import pytest

from builders.builder import Candidate, Draft, Dropped
from builders.making.cleaning import clean
from builders.reading.upstream import UpstreamRow
from builders.registry import all_builders
from mceval8k.errors import DataError

NEWS = all_builders()["agnews"]
QUESTIONS = all_builders()["commonsenseqa"]
XNLI = all_builders()["xnli"]


def article(text, label=0, number=0):
    row = UpstreamRow({}, "owner/set", f"train:{number}", f"train.jsonl: line {number + 1}")
    return Candidate((Draft({"text": text, "label": label}, row),), group=text, stratum=str(label))


def question(options, label=0, text="Where?"):
    row = UpstreamRow({}, "owner/set", "train:0", "train.jsonl: line 1")
    return Candidate((Draft({"text": text, "options": options, "label": label}, row),), group=text)


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


def parallel(number, label, german):
    """Candidate of `xnli` whose texts are its own but for the German ones."""
    row = UpstreamRow({}, "owner/set", f"test:{number}", f"test.parquet: row {number}")
    drafts = []
    for lang in ("en", "fr", "de", "zh", "es"):
        text = german if lang == "de" else f"{lang} {number}"
        raw = {"index": number, "premise": text, "hypothesis": text, "label": label, "lang": lang}
        drafts.append(Draft(raw, row))
    return Candidate(tuple(drafts), group=str(number), stratum=str(label))


def test_parallel_rows_contradict_and_repeat_each_other_in_any_language():
    found = clean(
        XNLI,
        [
            parallel(0, 0, "Gut."),
            parallel(1, 1, "gut."),
            parallel(2, 1, "So."),
            parallel(3, 1, "So."),
        ],
    )
    assert found.dropped == {"contradictory-labels": 2, "duplicate-rows": 1}
    assert len(found.candidates) == 1
