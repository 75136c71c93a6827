"""The Croissant description: valid, complete, and the records that it leads to are the items."""

from __future__ import annotations

import json

import mlcroissant
import pytest

from builders.card.croissant import CROISSANT, croissant
from mceval8k.editions import SPLITS, open_edition
from mceval8k.item import stored_features
from mceval8k.registry import all_tasks


@pytest.fixture(scope="module")
def described(samples_edition) -> mlcroissant.Dataset:
    return mlcroissant.Dataset(jsonld=str(samples_edition.folder / CROISSANT))


def test_it_is_valid(described):
    report = described.metadata.ctx.issues
    assert not report.errors
    assert [each for each in report.warnings if "datePublished" not in each] == []  # unknown


def test_all_tasks_and_columns_are_valid():
    found = croissant("full", "1.0.0", list(all_tasks().values()))
    metadata = mlcroissant.Dataset(jsonld=found).metadata
    assert not metadata.ctx.issues.errors
    columns = {each.id: [field.name for field in each.fields] for each in metadata.record_sets}
    assert columns == {
        name: ["split", *stored_features(task)] for name, task in all_tasks().items()
    }


@pytest.mark.parametrize("task", ["agnews", "ner", "mlama"])  # a class label, lists of lists
def test_its_records_are_the_items(described, samples_edition, task):
    records = [_plain(each) for each in described.records(task)]
    edition = open_edition(samples_edition.folder)
    items = [{"split": split, **row} for split in SPLITS for row in edition.load(task)[split]]
    shared = items[0].keys()
    shown = [{name: each[f"{task}/{name}"] for name in shared} for each in records]
    assert sorted(shown, key=str) == sorted(items, key=str)


def _plain(value):
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.decode() if isinstance(value, bytes) else value


def test_what_a_reader_writes_into_it_is_not_in_the_next_one():
    one, other = (croissant("full", "1.0.0", list(all_tasks().values())) for _ in range(2))
    mlcroissant.Dataset(jsonld=one)
    assert one != other == croissant("full", "1.0.0", list(all_tasks().values()))


def test_the_manifest_has_its_hash(samples_edition):
    assert CROISSANT in samples_edition.manifest.files
    found = json.loads((samples_edition.folder / CROISSANT).read_text("utf-8"))
    assert found["license"] == "https://spdx.org/licenses/Apache-2.0.html"
