"""The released edition, read as it is through `mceval8k.editions`."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from mceval8k.editions import SPLITS, Edition, open_edition
from mceval8k.item import features
from mceval8k.registry import all_tasks, get_task

pytestmark = pytest.mark.shared
RELEASED = tuple(name for name, task in all_tasks().items() if task.released_folder is not None)


@pytest.fixture(scope="module")
def edition(shared_dir: Path) -> Edition:
    return open_edition(shared_dir / "released")


@pytest.fixture(scope="module")
def counts(shared_dir: Path) -> dict[str, dict[str, int]]:
    """Rows by folder and split, as the manifest of the released data states them."""
    rows: dict[str, dict[str, int]] = defaultdict(dict)
    with (shared_dir / "released" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t"):
            folder, _, name = line["file"].rpartition("/")
            split = name.removesuffix(".json").replace("valid", "validation")
            rows[folder][split] = int(line["rows"])
    return rows


def test_the_released_edition_has_all_tasks(edition: Edition) -> None:
    assert edition.tasks == RELEASED
    assert edition.layout.name == "released"


@pytest.mark.parametrize("name", RELEASED)
def test_a_task_loads_with_all_its_rows(
    edition: Edition, counts: dict[str, dict[str, int]], name: str
) -> None:
    task = get_task(name)
    splits = edition.load(name)
    expected = counts[task.released_folder]
    assert {split: len(splits[split]) for split in SPLITS} == {
        split: expected.get(split, 0) for split in SPLITS
    }
    for data in splits.values():
        assert data.features == features(task)
        assert all(len(options) == task.n_options for options in data["options"])
        assert all(0 <= label < task.n_options for label in data["label"])
        assert set(data["lang"]) <= set(task.languages)
        assert all(data["question"])
        assert all(data["group"])


def test_splits_that_were_not_released_are_empty(edition: Edition) -> None:
    assert len(edition.load("imdb")["train"]) == 0
    assert len(edition.load("chunking")["train"]) == 0


def test_released_items_keep_their_raw_columns(edition: Edition) -> None:
    row = edition.load("stereoset")["test"][0]
    assert row["sentences"] == row["options"]
    assert row["label"] == row["non-stereotype"]
    assert {row["stereotype"], row["anti-stereotype"], row["non-stereotype"]} == {0, 1, 2}


def test_sentences_that_the_released_clang8_lacks_stay_empty(edition: Edition) -> None:
    splits = edition.load("clang8")
    empty = [options for data in splits.values() for options in data["options"] if "" in options]
    assert len(empty) == 27  # nulls counted in the parquet files


@pytest.mark.parametrize("name", ["amazon-review-multi", "lti", "mlama", "mpostag", "xnli"])
def test_languages_are_balanced_as_released(edition: Edition, name: str) -> None:
    langs = list(edition.load(name)["test"]["lang"])
    assert {lang: langs.count(lang) for lang in set(langs)} == dict.fromkeys(langs, 200)
