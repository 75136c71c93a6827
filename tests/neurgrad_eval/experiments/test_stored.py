"""Experiments on stored features as commands: runs in, folders out, mistakes in one line."""

from __future__ import annotations

import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

QUICK = {
    "efficiency": {"null_draws": 2, "draws": 1},
    "inclusivity": {"band": 32, "sizes": "8,16", "null_draws": 2},
    "interdependency": {"neurons": "16,all", "depths": "2", "trees": "1,5", "null_draws": 2},
    "leak": {"probes": "lm-prob,magnitude", "draws": 1},
    "generality": {"neurons": 8, "null_draws": 2},
}
TABLES = {
    "efficiency": {"points", "smallest"},
    "inclusivity": {"bands", "depths", "random_sets", "random_sets_accuracies"},
    "interdependency": {"forests", "votes"},
    "leak": {"counts", "within", "refitted"},
    "generality": {"transfers", "overlaps", "summary"},
}
WORDS = {"generality": ("--by-language",)}


@pytest.fixture(scope="module")
def leaky(planted, stored, tmp_path_factory):
    """A stored run on which 10 of 40 test items leak, in two languages."""
    run = planted(range(8), train=40, test=40, languages=["en", "de"] * 20)
    groups = run.train.groups[:10] + run.test.groups[10:]
    run = replace(run, test=replace(run.test, groups=groups))
    return stored(run, tmp_path_factory.mktemp("runs") / "agnews--tiny")


@pytest.mark.parametrize("name", QUICK)
def test_a_folder_holds_every_number(neurgrad, leaky, tmp_path, name):
    out = tmp_path / "out"
    words = (name, leaky, *WORDS.get(name, ()), "--json")
    status, said, err = neurgrad(*words, out=out, **QUICK[name])
    assert status == 0, err
    content = json.loads(said)
    assert set(content["tables"]) == TABLES[name]
    for table, rows in content["tables"].items():
        assert pq.read_table(out / f"{table}.parquet").num_rows == len(rows)
        assert {(row["model"], row["task"]) for row in rows} == {("tiny", "agnews")}
        assert all(row["run"].endswith("agnews, tiny") for row in rows)
    status, again, err = neurgrad(*words, **QUICK[name])
    assert status == 0, err
    assert json.loads(again) == content
    page = (out / "index.html").read_text()
    assert all(view in page for view in ("agnews, tiny", f"neurgrad {name}"))


def test_a_table_is_for_people(neurgrad, leaky):
    status, said, _ = neurgrad("inclusivity", leaky, **QUICK["inclusivity"])
    assert status == 0
    assert "unbroken depth" in said
    assert "…" not in said


def test_mistakes_are_one_line_and_write_nothing(neurgrad, leaky, tmp_path):
    out = tmp_path / "out"
    for words, options, message in (
        (("efficiency",), {}, "give a run"),
        (("efficiency", tmp_path), {}, "holds no run"),
        (("efficiency", leaky), {"probes": "oracle"}, "unknown probe 'oracle'"),
        (("inclusivity", leaky), {"sizes": "a"}, "--sizes 'a' is none of"),
        (("interdependency", leaky), {"trees": "0"}, "at least 1"),
        (("generality", leaky), {}, "two conditions"),
    ):
        found, said, err = neurgrad(*words, out=out, **options)
        assert (found, said) == (2, ""), words
        assert message in err
        assert "Traceback" not in err
        assert not out.exists()
