"""Commands about properties: runs in, folders out, mistakes in one line."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from mceval8k.errors import DataError, UsageError
from mceval8k.files import sha256
from neurgrad_eval import cli
from neurgrad_eval.properties.stored import find_runs, read_stored


@pytest.fixture
def neurgrad(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["neurgrad", *map(str, words)])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status or 0, said.out, said.err

    return run


@pytest.fixture(scope="module")
def leaky(planted, stored, tmp_path_factory):
    """A stored run on which 10 of 40 test items leak, in two languages."""
    spoken = ["en", "de"] * 20
    run = planted(range(8), train=40, test=40, languages=spoken)
    groups = run.train.groups[:10] + run.test.groups[10:]
    run = replace(run, test=replace(run.test, groups=groups))
    return stored(run, tmp_path_factory.mktemp("runs") / "agnews--tiny")


@pytest.fixture(scope="module")
def other(planted, stored, tmp_path_factory):
    run = planted(range(4, 12), train=40, test=40, seed=1)
    about = {**run.about, "pack": "formal"}
    return stored(replace(run, about=about), tmp_path_factory.mktemp("others") / "agnews--tiny")


def test_a_run_is_read_as_it_was_written(leaky, planted):
    expected = planted(range(8), train=40, test=40)
    run = read_stored(leaky)
    assert run.train.ids == expected.train.ids
    assert run.test.features.codes.tolist() == expected.test.features.codes.tolist()
    assert run.test.labels.tolist() == expected.test.labels.tolist()
    assert run.test.groups[:10] == run.train.groups[:10]
    assert run.test.languages[:2] == ("en", "de")
    assert run.validation is None
    assert run.name == "agnews, tiny"
    assert find_runs([leaky.parent]) == find_runs([leaky]) == (leaky,)


QUICK = {
    "efficiency": ("--null-draws", 2, "--draws", 1),
    "inclusivity": ("--band", 32, "--sizes", "8,16", "--null-draws", 2),
    "interdependency": ("--neurons", "16,all", "--depths", "2", "--trees", "1,5"),
    "leak": ("--probes", "lm-prob,magnitude", "--draws", 1),
    "generality": ("--by-language", "--neurons", 8, "--null-draws", 2),
}
TABLES = {
    "efficiency": {"points", "smallest"},
    "inclusivity": {"bands", "depths", "random_sets", "random_sets_accuracies"},
    "interdependency": {"forests", "votes"},
    "leak": {"counts", "within", "refitted"},
    "generality": {"transfers", "overlaps", "summary"},
}


@pytest.mark.parametrize("name", QUICK)
def test_a_folder_holds_every_number(neurgrad, leaky, tmp_path, name):
    out = tmp_path / "out"
    status, said, err = neurgrad(name, leaky, "--out", out, "--json", *QUICK[name])
    assert status == 0, err
    content = json.loads(said)
    assert json.loads((out / "property.json").read_text()) == content
    assert content["property"] == name
    (entry,) = content["entries"]
    assert entry["about"]["task"] == "agnews"
    assert {path.stem for path in out.glob("*.parquet")} == TABLES[name]
    for table in TABLES[name]:
        rows = pq.read_table(out / f"{table}.parquet").to_pylist()
        with (out / f"{table}.csv").open() as file:
            assert [list(row) for row in csv.DictReader(file)] == [list(row) for row in rows]
        if table in entry["result"]:
            assert len(rows) == len(entry["result"][table])
    page = (out / "index.html").read_text()
    assert name.capitalize() in page or name == "leak"
    manifest = json.loads((out / "manifest.json").read_text())
    there = {path.name for path in out.iterdir()} - {"manifest.json"}
    assert set(manifest["files"]) == there
    assert all(sha256(out / file) == known for file, known in manifest["files"].items())
    assert neurgrad("report", out, "--out", tmp_path / "report.html")[0] == 0
    assert "How to get the same" in (tmp_path / "report.html").read_text()


def test_the_same_command_gives_the_same_bytes(neurgrad, leaky, tmp_path):
    words = ("generality", leaky, "--out", tmp_path / "out", *QUICK["generality"])
    found = []
    for _ in range(2):
        assert neurgrad(*words)[0] == 0
        found.append({path.name: sha256(path) for path in (tmp_path / "out").iterdir()})
    assert found[0] == found[1]


def test_nulls_of_some_rows_are_columns_of_all(neurgrad, leaky, tmp_path):
    neurgrad("efficiency", leaky, "--out", tmp_path / "out", *QUICK["efficiency"])
    rows = pq.read_table(tmp_path / "out" / "points.parquet").to_pylist()
    assert {"permuted_mean", "random_low", "accuracy", "accuracy_low"} <= set(rows[0])
    assert {"permuted", "random"} & set(rows[0]) == set()
    assert [row["permuted_mean"] is None for row in rows] == [
        row["train_size"] < 40 for row in rows
    ]


def test_runs_as_conditions_are_named_by_what_differs(neurgrad, leaky, other, tmp_path):
    status, said, err = neurgrad(
        "generality", leaky, other, "--out", tmp_path / "out", "--json", "--neurons", 8
    )
    assert status == 0, err
    (entry,) = json.loads(said)["entries"]
    assert entry["result"]["conditions"] == ["pack None", "pack formal"]


def test_leak_against_a_clean_run(neurgrad, leaky, planted, stored, tmp_path):
    clean = stored(planted(range(8), train=40, test=40, seed=2), tmp_path / "clean")
    words = ("leak", leaky, clean, "--out", tmp_path / "out", "--probes", "lm-prob,magnitude")
    status, said, err = neurgrad(*words)
    assert status == 0, err
    assert "Between editions" in said
    assert "magnitude" in said


def test_a_table_is_for_people(neurgrad, leaky, tmp_path):
    status, said, err = neurgrad(
        "inclusivity", leaky, "--out", tmp_path / "o", *QUICK["inclusivity"]
    )
    assert status == 0
    assert "unbroken depth" in said
    assert "…" not in said
    assert "index.html is the page" in err


@pytest.fixture
def copy(leaky, tmp_path):
    folder = tmp_path / "copy"
    for path in leaky.rglob("*"):
        if path.is_file():
            (folder / path.relative_to(leaky)).parent.mkdir(parents=True, exist_ok=True)
            (folder / path.relative_to(leaky)).write_bytes(path.read_bytes())
    return folder


def test_a_half_written_run_is_refused(copy):
    (copy / "manifest.json").unlink()
    with pytest.raises(UsageError, match="not finished"):
        read_stored(copy)


def test_an_edited_run_is_refused(copy):
    result = json.loads((copy / "results.json").read_text())
    (copy / "results.json").write_text(json.dumps({**result, "task": "ner"}))
    with pytest.raises(DataError, match=r"results\.json was changed"):
        read_stored(copy)
    (copy / "results.json").unlink()
    with pytest.raises(UsageError, match="no run of `neurgrad probe`"):
        read_stored(copy)


def test_mistakes_are_one_line_and_write_nothing(neurgrad, leaky, tmp_path):
    out, foreign = tmp_path / "out", tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("years of work")
    for words, status, message in (
        (("efficiency", tmp_path, "--out", out), 2, "no run of `neurgrad probe`"),
        (("efficiency", leaky, "--out", out, "--probes", "oracle"), 2, "unknown probe 'oracle'"),
        (("efficiency", leaky, "--out", foreign), 2, "name another"),
        (("efficiency", leaky, "--out", leaky), 2, "run of another command"),
        (("inclusivity", leaky, "--out", out, "--sizes", "a"), 2, "'a' are no sizes"),
        (("interdependency", leaky, "--out", out, "--trees", "0"), 2, "at least 1"),
        (("generality", "--out", out), 2, "give runs"),
        (("generality", leaky, "--out", out), 2, "two conditions"),
        (("generality", "--out", out, "--vary", "pack=a,b"), 2, "needs --model"),
    ):
        found, said, err = neurgrad(*words)
        assert (found, said) == (status, ""), words
        assert message in " ".join(err.split())
        assert "Traceback" not in err
        assert not out.exists()
    assert [path.name for path in foreign.iterdir()] == ["thesis.tex"]


def test_runs_of_one_label_or_one_group_are_refused(planted, stored, tmp_path):
    run = planted(train=8, test=8)
    same = run.train.take(np.flatnonzero(run.train.labels == 1))
    with pytest.raises(DataError, match="one label only"):
        read_stored(stored(replace(run, train=same), tmp_path / "label"))
    together = replace(run, test=replace(run.test, groups=("g",) * 8))
    with pytest.raises(DataError, match="one group"):
        read_stored(stored(together, tmp_path / "group"))
