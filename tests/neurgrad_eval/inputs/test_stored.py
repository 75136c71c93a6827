"""Stored features: runs are read as they were written, and others are refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.inputs import stored as reading
from neurgrad_eval.inputs.stored import given, read_stored, stored_runs, told_apart


@pytest.fixture(scope="module")
def run(planted):
    """10 of 40 test items share a group with a training item; there are two languages."""
    made = planted(range(8), train=40, test=40, languages=["en", "de"] * 20)
    return replace(
        made, test=replace(made.test, groups=made.train.groups[:10] + made.test.groups[10:])
    )


@pytest.fixture(scope="module")
def folder(run, stored, tmp_path_factory):
    return stored(run, tmp_path_factory.mktemp("runs") / "agnews--tiny")


def test_a_run_is_read_as_it_was_written(folder, run):
    found = read_stored(folder)
    for name in ("train", "test"):
        own, expected = getattr(found, name), getattr(run, name)
        assert np.array_equal(own.codes, expected.codes)
        assert np.array_equal(own.labels, expected.labels)
        assert np.allclose(own.activations, expected.activations, atol=0.05)
        assert (own.ids, own.groups) == (expected.ids, expected.groups)
        assert (own.languages, own.questions) == (expected.languages, own.questions)
    assert found.validation is None
    assert found.about == run.about
    assert found.chance == 0.25


def test_one_run_at_a_time_is_in_memory(folder, stored, planted, tmp_path, monkeypatch):
    other = stored(planted(train=8, test=8), tmp_path / "other")
    found = stored_runs([folder.parent, other])
    assert list(found.about) == ["agnews, tiny", "agnews, tiny (other)"]
    read = []
    monkeypatch.setattr(reading, "check_files", lambda path, manifest: read.append(path))
    for name in ("agnews, tiny", "agnews, tiny", "agnews, tiny (other)", "agnews, tiny"):
        assert len(found[name].train) in (40, 8)
    assert read == [folder, other, folder]


def test_names_are_told_apart():
    folders = [Path("a/x"), Path("b/x"), Path("c/x"), Path("c/y")]
    assert told_apart(["n", "n", "n", "m"], folders) == ["n", "n (x)", "n (c/x)", "m"]


def test_features_in_memory_are_known_by_their_content(run):
    about = given(run.train, run.test).about
    assert about == given(run.train, run.test).about
    flipped = replace(run.test, labels=run.test.labels[::-1].copy())
    changed = given(run.train, flipped, run.test).about
    assert about["train"] == changed["train"]
    assert len({about["test"], changed["test"], changed["validation"]}) == 2


@pytest.fixture
def copy(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_a_moved_run_is_the_same(copy, folder):
    assert stored_runs([copy]).about == stored_runs([folder]).about


def test_runs_without_features_are_refused(copy, tmp_path):
    with pytest.raises(UsageError, match="give a run"):
        stored_runs([])
    with pytest.raises(UsageError, match="holds no run"):
        stored_runs([tmp_path / "nothing"])
    text = (copy / "manifest.json").read_text()
    (copy / "manifest.json").write_text(text.replace('"items.parquet"', '"other.parquet"'))
    with pytest.raises(UsageError, match="keeps no features"):
        stored_runs([copy])


def test_an_edited_run_is_refused(copy):
    (copy / "collected.csv").write_text("what,count\n")
    with pytest.raises(UsageError, match=r"collected\.csv was changed"):
        read_stored(copy)
    (copy / "items.parquet").write_bytes(b"")
    with pytest.raises(DataError, match=r"items\.parquet"):
        stored_runs([copy])


def test_runs_of_one_label_or_one_group_are_refused(planted, stored, tmp_path):
    run = planted(train=8, test=8)
    same = run.train.take(np.flatnonzero(run.train.labels == 1))
    together = replace(run.test, groups=("g",) * 8)
    for train, test, message in (
        (same, run.test, "one label only"),
        (run.train, together, "one group"),
    ):
        with pytest.raises(DataError, match=message):
            given(train, test)
        folder = stored(replace(run, train=train, test=test), tmp_path / message)
        with pytest.raises(DataError, match=message):
            stored_runs([folder])
