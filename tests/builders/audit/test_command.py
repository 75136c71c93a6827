"""The command: contract of the JSON, exit statuses, the page, and what it does not depend on."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from builders.audit.auditing import audit
from builders.audit.page import page
from builders.audit.report import tables, verdict
from builders.cli import app
from mceval8k.editions import open_edition
from mceval8k.errors import DataError, UsageError


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


@pytest.fixture
def leaky(toy, write_released):
    """Two tasks: one sound, one whose test split is its validation split."""
    agnews, ner = toy("agnews"), toy("ner")
    agnews["test"] = agnews["validation"]
    return write_released({"agnews": agnews, "ner": ner})


def test_the_contract_of_the_json(run, leaky):
    result = run("audit", leaky, "--json", "--processes", 1)
    assert result.exit_code == 1
    content = json.loads(result.stdout)
    assert set(content) == {"edition", "tests", "tasks"}
    assert content["edition"] == str(leaky)
    assert list(content["tasks"]) == ["ner", "agnews"]
    assert content["tasks"]["ner"] == {
        "counts": {"train": 360, "validation": 60, "test": 60},
        "shortcut": None,
        "findings": [],
    }
    tests = content["tests"]
    assert tests["false_discovery_rate"] == 0.01
    assert tests["done"] > tests["rejected"]
    first = content["tasks"]["agnews"]["findings"][0]
    ids = [row["id"] for row in open_edition(leaky).load("agnews")["test"]][:3]
    assert first == {
        "check": "exact-overlap",
        "splits": ["validation", "test"],
        "count": 60,
        "of": 60,
        "severity": "error",
        "message": first["message"],
        "examples": ids,
        "p_value": None,
        "adjusted": None,
    }


def test_warnings_do_not_fail(run, toy, write_released):
    agnews = toy("agnews")
    agnews["train"][1] = agnews["train"][0]
    folder = write_released({"agnews": agnews})
    result = run("audit", folder, "--processes", 1)
    assert result.exit_code == 0
    assert "W\N{NO-BREAK SPACE}1" in result.stdout
    assert "findings: error 0, warning 1, info 0" in result.stdout


def test_tasks_are_chosen(run, leaky):
    assert run("audit", leaky, "--tasks", "ner").exit_code == 0
    assert run("audit", leaky, "--tasks", "linguistic").exit_code == 0
    for wrong in ("nre", "imdb", "nli"):
        result = run("audit", leaky, "--tasks", wrong)
        assert isinstance(result.exception, UsageError), wrong


@pytest.mark.parametrize("words", [["nowhere"], ["DIR", "--revision", "main"]])
def test_bad_usage(run, leaky, words):
    result = run("audit", *(str(leaky) if word == "DIR" else word for word in words))
    assert isinstance(result.exception, UsageError)


def test_a_damaged_file(run, leaky):
    (leaky / "classification/agnews/test.json").write_text("[{", encoding="utf-8")
    result = run("audit", leaky)
    assert isinstance(result.exception, DataError)
    assert "test.json" in str(result.exception)


def test_processes_do_not_matter(leaky):
    edition = open_edition(leaky)
    assert audit(edition, processes=2) == audit(edition, processes=1)


def test_an_edition_in_our_layout(run, samples_edition):
    result = run("audit", samples_edition.folder, "--tasks", "agnews,paws", "--json")
    content = json.loads(result.stdout)
    assert set(content["tasks"]) == {"agnews", "paws"}
    checks = {each["check"] for task in content["tasks"].values() for each in task["findings"]}
    assert not checks & {"exact-overlap", "group-overlap", "blank-field", "contradictory-labels"}


def test_the_page_escapes_the_data(run, toy, write_released, tmp_path):
    mlama = toy("mlama")
    for row in mlama["train"][:20]:
        row["options"][row["label"]] = "<script>alert(1)</script>"
    folder = write_released({"mlama": mlama})
    run("audit", folder, "--html", tmp_path / "page.html", "--processes", 1)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script" not in text
    assert "never-distractor" in text
    assert "http:" not in text  # nothing is loaded from elsewhere
    assert "https:" not in text


def test_the_page_of_a_clean_edition(toy, write_released):
    found = audit(open_edition(write_released({"agnews": toy("agnews")})))
    text = page(found)
    assert "No errors." in text
    assert "Nothing found." in text
    assert verdict(found).startswith("tasks: 1, rows: 480, findings: error 0, warning 0, info 0; ")
    assert verdict(found).endswith(", of which 0 hold at a false discovery rate of 1%")
    assert len(list(tables(found))) == 4
