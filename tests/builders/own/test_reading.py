"""Rows of a Hub data set: of one commit, with their split in a column."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from datasets import Dataset, DatasetDict

from builders.own.importing import import_quiz
from builders.own.quiz import quiz_of
from mceval8k import UsageError

COMMIT = "c0ffee" * 6 + "c0ff"
FIELDS = {
    "name": "colours",
    "data": {"hub": "lab/colours", "config": "cards", "revision": "v1"},
    "question": "q",
    "options": "options",
    "label": "right",
    "split": "split",
    "instruction": {"en": "Name the colour."},
}


@pytest.fixture
def hub(monkeypatch, colours):
    """A Hub with one data set; the list holds what was asked of it."""
    rows = colours(40)
    splits = DatasetDict(
        {"train": Dataset.from_list(rows[:30]), "test": Dataset.from_list(rows[30:])}
    )
    asked = []

    def load(name, config, *, split, revision):
        asked.append((name, config, split, revision))
        return splits if split is None else splits[split]

    def info(self, name, *, revision):
        if name != "lab/colours":
            raise OSError(f"{name} is not there")
        asked.append((name, revision))
        return SimpleNamespace(sha=COMMIT)

    monkeypatch.setattr("datasets.load_dataset", load)
    monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", info)
    return asked


def test_all_splits_of_the_commit_of_the_revision(hub, tmp_path):
    made = import_quiz(quiz_of(FIELDS), tmp_path / "edition", dry_run=True)
    assert hub == [("lab/colours", "v1"), ("lab/colours", "cards", None, COMMIT)]
    assert made.counts == {"train": 30, "validation": 0, "test": 10}
    assert made.task.sources[0].url == "https://huggingface.co/datasets/lab/colours"


def test_one_split_is_split_anew(hub, tmp_path):
    data = {"hub": "lab/colours", "split": "train"}
    fields = {key: value for key, value in FIELDS.items() if key != "split"}
    made = import_quiz(quiz_of({**fields, "data": data}), tmp_path / "edition", dry_run=True)
    assert sum(made.counts.values()) == 30
    assert hub[-1] == ("lab/colours", None, "train", COMMIT)


def test_what_is_not_there_is_said(hub, tmp_path):
    with pytest.raises(UsageError, match="data set lab/none: lab/none is not there"):
        import_quiz(quiz_of({**FIELDS, "data": {"hub": "lab/none"}}), tmp_path / "edition")
