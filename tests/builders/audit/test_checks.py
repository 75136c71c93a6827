"""Each check finds the one defect that was planted, and nothing else is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.audit.checks import all_checks, shortcut

TOYS = ("agnews", "clang8", "commonsenseqa", "mlama", "ner", "templama")


@pytest.mark.parametrize("name", TOYS)
def test_nothing_is_found_in_a_clean_edition(findings, toy, name):
    assert findings(name, toy(name)) == []


def copy_to_test(splits):
    splits["test"][3] = splits["train"][7]


def swap_pair(splits):
    first = splits["train"][7]
    splits["test"][3] = {
        "sentence1": first["sentence2"],
        "sentence2": first["sentence1"],
        "acceptable": 1 - first["acceptable"],
    }


def near_copy(splits):
    text = splits["train"][7]["text"]
    splits["test"][3]["text"] = f"{text}, indeed!"


def other_phrase(splits):
    first = splits["train"][3]
    splits["test"][3] = {**first, "target_chunk": first["chunks"][1]}


def repeat(splits):
    splits["train"][8] = splits["train"][4]


def contradict(splits):
    splits["train"][8] = {**splits["train"][4], "label": 1}


def equal_options(splits):
    options = splits["validation"][2]["options"]
    options[1] = f" {options[0].upper()}"


def another_gold(splits):
    first, second = splits["train"][5], splits["train"][10]
    second["text"] = first["text"]
    second["options"][3] = first["options"][first["label"]]


def blank(splits):
    splits["test"][5]["options"][4] = " "


def tab(splits):
    splits["test"][5]["text"] = splits["test"][5]["text"].replace(" ", "\t")


def markup(splits):
    for row in splits["train"][:20]:
        row["text"] += " <br />"


PLANTED = {
    "exact-overlap": ("clang8", copy_to_test, ("train", "test"), 1, 60, "error"),
    "exact-overlap, sentences swapped": ("clang8", swap_pair, ("train", "test"), 1, 60, "error"),
    "near-overlap": ("agnews", near_copy, ("train", "test"), 1, 60, "error"),
    "group-overlap": ("ner", other_phrase, ("train", "test"), 1, 60, "error"),
    "duplicate-rows": ("agnews", repeat, ("train",), 1, 480, "warning"),
    "contradictory-labels": ("agnews", contradict, ("train",), 2, 480, "error"),
    "duplicate-options": ("commonsenseqa", equal_options, ("validation",), 1, 480, "error"),
    "several-golds": ("commonsenseqa", another_gold, ("train",), 1, 480, "error"),
    "blank-field": ("commonsenseqa", blank, ("test",), 1, 480, "error"),
    "broken-field": ("agnews", tab, ("test",), 1, 480, "warning"),
    "broken-field, many": ("agnews", markup, ("train",), 20, 480, "error"),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_defect_is_found(findings, toy, task_rows, case):
    name, plant, splits, count, of, severity = PLANTED[case]
    check = case.partition(",")[0]
    edition = toy(name)
    plant(edition)
    found = findings(name, edition)
    if check == "exact-overlap":  # an item that is in two splits takes its group along
        assert {each.check for each in found} == {"exact-overlap", "group-overlap"}
        found = found[:1]
    (finding,) = found
    assert (finding.check, finding.splits, finding.count, finding.of, finding.severity) == (
        check,
        splits,
        count,
        of,
        severity,
    )
    ids = set(task_rows(name, edition).ids)
    assert 1 <= len(finding.examples) <= 3
    assert all(example.split(" ~ ")[0] in ids for example in finding.examples)
    assert finding.message.endswith(".")


def only(findings, check):
    assert {each.check for each in findings} == {check}
    return findings


def test_labels_out_of_balance(findings, toy):
    edition = toy("agnews")
    for row in edition["train"][:200]:
        row["label"] = 1
    (finding,) = only(findings("agnews", edition), "label-balance")
    assert (finding.splits, finding.count, finding.of) == (("train",), 240, 360)
    assert finding.severity == "warning"
    assert finding.examples[0] == "Sports: 240"


def test_trifles_are_told_apart_by_effect_and_by_chance(findings, toy):
    edition = toy("agnews")
    for row in edition["test"][:4]:  # 4 of 60: a small effect that chance explains
        row["label"] = 1
    assert findings("agnews", edition) == []


def test_gold_positions_out_of_balance(findings, toy):
    edition = toy("commonsenseqa")
    for row in edition["train"]:
        row["label"] = 2
    (finding,) = only(findings("commonsenseqa", edition), "gold-position")
    assert (finding.splits, finding.count, finding.severity) == (("train",), 360, "error")


def test_languages_out_of_balance(findings, toy):
    edition = toy("mlama")
    for row in edition["test"]:
        row["lang"] = "fr"
    (finding,) = only(findings("mlama", edition), "language-balance")
    assert (finding.splits, finding.count, finding.of) == (("test",), 60, 60)


def test_a_gold_that_is_never_a_distractor(findings, toy):
    edition = toy("mlama")
    for row in edition["train"][:20]:
        row["options"][row["label"]] = "always"
    (finding,) = only(findings("mlama", edition), "never-distractor")
    assert (finding.count, finding.of, finding.examples) == (20, 480, ("always",))
    assert finding.severity == "warning"


def test_a_distractor_that_is_never_gold(findings, toy):
    edition = toy("mlama")
    for row in edition["train"][:100]:
        row["options"][row["label"] - 1] = "nevers"
    found = [each for each in findings("mlama", edition) if each.check == "never-distractor"]
    assert [(each.count, each.examples) for each in found] == [(100, ("nevers",))]


def test_the_longest_option(findings, toy):
    edition = toy("commonsenseqa")
    for row in edition["train"]:
        row["options"][row["label"]] += " at length"
    found = only(findings("commonsenseqa", edition), "shortcut")
    longest = next(each for each in found if "longest" in each.message)
    assert (longest.count, longest.of, longest.severity) == (384, 480, "warning")  # 360 + 120 / 5
    assert any("goes by the options alone" in each.message for each in found)


def test_the_most_distant_number_is_an_error_where_numbers_are_drawn(findings, toy):
    edition = toy("templama")
    for number, row in enumerate(edition["train"]):
        row["options"] = ["2001", "2002", "2003"]
        row["options"].insert(row["label"], ("1994", "2010")[number // 4 % 2])
    found = [each for each in findings("templama", edition) if each.check == "shortcut"]
    distant = next(each for each in found if "most distant" in each.message)
    assert distant.severity == "error"
    assert distant.count >= 360


def test_the_length_of_a_text(findings, toy):
    edition = toy("agnews")
    for rows in edition.values():
        for row in rows:
            row["text"] += " " + "x" * (10 * row["label"])
    length, words = only(findings("agnews", edition), "shortcut")
    assert (length.severity, words.severity) == ("warning", "info")
    assert length.count >= 470
    assert "the length of `text`" in length.message


def test_checks_are_found_by_their_place():
    assert [check.name for check in all_checks()] == [
        "exact-overlap",
        "group-overlap",
        "near-overlap",
        "task-overlap",
        "upstream-train",
        "blank-field",
        "broken-field",
        "contradictory-labels",
        "duplicate-options",
        "duplicate-rows",
        "label-errors",
        "other-language",
        "personal-data",
        "several-golds",
        "gold-position",
        "label-balance",
        "language-balance",
        "never-distractor",
        "shortcut",
    ]


def test_options_that_others_drew_are_a_property_of_the_source(task_rows, toy):
    edition = toy("mlama")
    for row in edition["train"]:
        row["options"][row["label"]] = "zzz " + row["options"][row["label"]]
    rows = task_rows("mlama", edition)

    def severities(rows):
        found = [each.finding for each in shortcut.find(rows) if each.finding]
        return {each.severity for each in found if "the options alone" in each.message}

    assert severities(rows) == {"error"}
    assert severities(replace(rows, repaired=True)) == {"warning"}
