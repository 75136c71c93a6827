"""The command line as a person meets it, typos included."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mceval8k.registry import all_tasks
from mceval8k.version import __version__


def mceval8k(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mceval8k.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_tasks_table_and_json() -> None:
    table = mceval8k("tasks")
    assert table.returncode == 0
    assert "amazon-review-multi" in table.stdout
    found = json.loads(mceval8k("tasks", "--json").stdout)
    assert [each["name"] for each in found] == list(all_tasks())
    keys = {"name", "genre", "languages", "n_options", "sources", "licence"}
    assert all(keys <= set(task) for task in found)
    ner = next(task for task in found if task["name"] == "ner")
    assert (ner["genre"], ner["languages"], ner["n_options"]) == ("linguistic", ["en"], 4)
    assert ner["sources"][0]["id"] == "eriktks/conll2003"


def test_show_without_an_edition() -> None:
    shown = mceval8k("show", "xnli", "--index", "2", "--json")
    found = json.loads(shown.stdout)
    assert found["prompt"].endswith("Antwort:")
    assert found["answers"] == [" A", " B", " C"]


def test_version() -> None:
    assert mceval8k("--version").stdout.strip() == __version__


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["show", "agnew"], 2, "unknown task 'agnew' (did you mean 'agnews'?)"),
        (["show", "agnews", "--edition", "/no/such/place"], 2, "no such directory"),
        (["show", "agnews", "--num-fewshot", "4"], 2, "give --edition"),
        (["show", "agnews", "--num-fewshot", "some"], 2, "'some'"),
        (["show", "agnews", "--pack", "x.yaml"], 2, "x.yaml: no such file"),
        (["show", "agnews", "--index", "99"], 2, "built-in examples"),
        (["show", "agnews", "--model", "/no/such/model"], 2, "/no/such/model"),
        (["shwo"], 2, "shwo"),
    ],
)
def test_mistakes_are_one_line(words: list[str], status: int, message: str) -> None:
    done = mceval8k(*words)
    assert done.returncode == status
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
