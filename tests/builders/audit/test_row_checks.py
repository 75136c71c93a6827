"""Personal data, language, doubtful labels, upstream's train split, texts in two tasks."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from builders.audit import finding
from builders.audit.auditing import Checked, concluded
from builders.audit.checks import label_errors, other_language, personal_data, upstream_train
from builders.audit.crossing import texts
from builders.audit.finding import Finding
from builders.audit.result import RATE


def test_addresses_are_counted_by_kind(task_rows, toy):
    edition = toy("agnews")
    for row in edition["train"][:5]:
        row["text"] += " from 192.0.2.7"
    edition["test"][0]["text"] += " or ask someone@example.org"
    (found,) = personal_data.find(task_rows("agnews", edition))
    assert (found.count, found.of, found.severity) == (6, 480, "warning")
    assert "5 with an IP address and 1 with an e-mail address" in found.message
    edition["train"][:5] = toy("agnews")["train"][:5]
    (found,) = personal_data.find(task_rows("agnews", edition))
    assert (found.count, found.severity) == (1, "info")


FRENCH = "Le gouvernement a annoncé hier que les écoles resteront fermées toute la semaine."
ENGLISH = "The government said yesterday that all schools will stay closed for the whole week."


def test_a_text_in_another_language(task_rows):
    rows = [{"text": f"{ENGLISH} {number}", "label": 0} for number in range(50)]
    assert not list(other_language.find(task_rows("agnews", {"train": rows})))
    rows[7]["text"] = FRENCH
    built = task_rows("agnews", {"train": rows})
    (found,) = other_language.find(built)
    assert (found.count, found.severity) == (1, "warning")
    assert "en is fr 1" in found.message
    assert found.examples == (built.ids[7],)


def test_planted_label_errors_are_found(task_rows):
    draw = random.Random(0)
    topics = [[f"topic{label}word{number}" for number in range(30)] for label in range(4)]
    rows = [
        {"text": " ".join(draw.sample(topics[number % 4], 8)), "label": number % 4}
        for number in range(400)
    ]
    assert not list(label_errors.find(task_rows("agnews", {"train": rows})))
    wrong = range(0, 400, 40)
    for number in wrong:
        rows[number]["label"] = (rows[number]["label"] + 1) % 4
    built = task_rows("agnews", {"train": rows})
    (found,) = label_errors.find(built)
    assert (found.count, found.severity) == (len(wrong), "info")
    assert set(found.examples) <= {built.ids[number] for number in wrong}


@pytest.mark.parametrize(
    ("source", "ids", "count"),
    [
        ("nyu-mll/glue", ("train:{}", "validation_matched:{}"), 30),
        ("x/y", ("fr/train:{}", "fr/test:{}"), 30),
        ("x/y", ("training:{}", "test:{}"), 0),
        ("iszhaoxin/MCEval8K", ("train:{}", "train:{}"), 0),
    ],
)
def test_test_rows_from_the_train_split_of_upstream(task_rows, toy, source, ids, count):
    rows = task_rows("agnews", toy("agnews"))
    items = tuple(
        {**item, "source": source, "source_id": ids[number % 2].format(number)}
        for number, item in enumerate(rows.items)
    )
    found = list(upstream_train.find(replace(rows, items=items)))
    assert [each.count for each in found] == ([count] if count else [])
    assert all(each.of == 60 and each.splits == ("test",) for each in found)


def checked(rows, results=()):
    return Checked(rows.task.name, rows.counts, tuple(results), None, texts(rows))


def test_a_text_in_two_tasks(task_rows):
    def row(name, number):
        text = f"{name} a premise number{number}"
        return {"premise": text, "hypothesis": f"{name} claims x{number}", "label": 0}

    mnli = {split: [row(f"m{split}", n) for n in range(20)] for split in ("train", "test")}
    xnli = {split: [row(f"x{split}", n) for n in range(20)] for split in ("train", "test")}
    for rows in xnli.values():
        for number, each in enumerate(rows):
            each |= {"lang": "en", "index": number}
    xnli["test"][3]["premise"] = mnli["train"][5]["premise"].upper()
    xnli["test"][4]["premise"] = mnli["test"][6]["premise"]
    both = [task_rows("mnli", mnli), task_rows("xnli", xnli)]
    first, second = concluded("toy", [checked(rows) for rows in both]).tasks
    assert first.findings == ()
    (found,) = second.findings
    assert (found.check, found.count, found.of) == ("task-overlap", 2, 40)
    assert (found.splits, found.severity) == (("test",), "warning")
    assert "2 texts are in mnli, too; 1 of them" in found.message


def test_tests_are_told_in_view_of_all_of_them(task_rows, toy):
    rows = task_rows("agnews", toy("agnews"))

    def tested(p):
        found = Finding(
            check="shortcut", splits=("test",), count=1, of=2, severity="info", message=f"p {p}."
        )
        return finding.Tested(p, found)

    alone = concluded("toy", [checked(rows, [tested(0.004)])])
    assert [each.message for each in alone.tasks[0].findings] == ["p 0.004."]
    assert alone.tests == (1, 1)
    # Benjamini and Hochberg: 0.0001·5/1, 0.004·5/2, 0.02·5/3, …; only the first is below 1 %.
    several = [tested(p) for p in (0.004, 0.5, 0.02, 0.0001, 0.9)]
    found = concluded("toy", [checked(rows, several)])
    (kept,) = found.tasks[0].findings
    assert (kept.message, kept.p_value) == ("p 0.0001.", 0.0001)
    assert kept.adjusted == pytest.approx(0.0005)
    assert found.tests == (5, 1)
    assert RATE == 0.01
