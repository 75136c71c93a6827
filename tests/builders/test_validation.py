"""Validation: a sound edition passes, and each violation is named with its file and row."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders.build import build, plan
from builders.making.task import Request
from builders.reading.sources import open_source
from builders.rows import content_id, row_faults, schema_faults
from builders.schema import item_schema
from builders.validation import validate
from mceval8k.editions.manifest import read_manifest
from mceval8k.errors import UsageError
from mceval8k.files import sha256
from mceval8k.registry import all_tasks, get_task

TRAIN, TEST = "agnews/train-00000-of-00001.parquet", "agnews/test-00000-of-00001.parquet"
MLAMA = "mlama/test-00000-of-00001.parquet"


@pytest.fixture
def edition(samples_edition, tmp_path):
    return shutil.copytree(samples_edition.folder, tmp_path / "edition")


def seal(folder, **changed):
    """Write a manifest that fits the files as they are now."""
    manifest = read_manifest(folder)
    files = {name: sha256(folder / name) for name in manifest.files if (folder / name).is_file()}
    changed = {"files": files, **changed}
    (folder / "manifest.json").write_text(replace(manifest, **changed).to_json())


def edit(folder, name, change):
    """Change a file's rows in place, and seal the edition again."""
    table = pq.read_table(folder / name)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, table.schema), folder / name, store_schema=False)
    seal(folder)


def found(folder):
    return [str(violation) for violation in validate(folder).violations]


def with_id(row):
    row["id"] = content_id(row["task"], row["lang"], row["question"], row["options"], row["label"])


def test_a_built_edition_is_sound(edition):
    result = validate(edition)
    assert result.ok
    assert result.rows == sum(sum(each.values()) for each in read_manifest(edition).tasks.values())
    assert "agnews" in result.tasks


ROW_FAULTS = {
    "question is blank": {"question": " "},
    "group is blank": {"group": ""},
    "source is blank": {"source": None},
    "label is null": {"label": None},
    "an option is blank": {"options": ["World", "Sports", "Business", " "]},
    "task 'imdb' is none of agnews": {"task": "imdb"},
    "genre 'nli' is none of classification": {"genre": "nli"},
    "lang 'de' is none of en": {"lang": "de"},
    "options are not ['World', 'Sports', 'Business', 'Sci/Tech']": {
        "options": ["Sports", "World", "Business", "Sci/Tech"]
    },
    "3 options instead of 4": {"options": ["World", "Sports", "Business"]},
    "label 4 is out of range for 4 options": {"label": 4},
    "label -1 is out of range for 4 options": {"label": -1},
    "column 'text' holds a null": {"text": None},
}


@pytest.mark.parametrize("message", ROW_FAULTS)
def test_faults_of_a_row(edition, message):
    def change(rows):
        rows[3].update(ROW_FAULTS[message])
        if None not in rows[3].values():
            with_id(rows[3])

    edit(edition, TEST, change)
    assert f"{TEST}: row 3: {message}" in found(edition)


@pytest.mark.parametrize("message", ROW_FAULTS)
def test_what_the_json_schema_sees_is_seen(edition, message):
    item = pq.read_table(edition / TEST).to_pylist()[3] | ROW_FAULTS[message]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(item, item_schema([get_task("agnews")]))


def test_sound_items_fit_the_json_schema(edition):
    schema = json.loads((edition / "schema/item.schema.json").read_text())
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    for path in edition.glob("*/test-*.parquet"):
        for item in pq.read_table(path).to_pylist():
            checker.validate(item)
    for broken in ({"more": 1}, {"label": "1"}, {"id": "agnews-1"}, {"task": "none"}):
        assert not checker.is_valid(item | broken)


def test_every_task_has_a_schema():
    for task in all_tasks().values():
        jsonschema.Draft202012Validator.check_schema(item_schema([task]))


def test_an_id_must_fit_the_content(edition):
    edit(edition, TEST, lambda rows: rows[2].update(question="Article: other"))
    message, shown = found(edition)
    assert message.startswith(f"{TEST}: row 2: id 'agnews-")
    assert "does not fit the content" in message
    assert shown == f"{TEST}: row 2: input is not the question with the instruction before it"


def test_options_must_be_distinct_after_normalisation(edition):
    def change(rows):
        rows[0]["options"][1] = rows[0]["options"][0].upper() + " "
        with_id(rows[0])

    edit(edition, MLAMA, change)
    (message,) = found(edition)
    assert message.startswith(f"{MLAMA}: row 0: options are not distinct")


def test_ids_are_unique_over_all_splits(edition):
    copied = pq.read_table(edition / TRAIN).to_pylist()[5]

    def change(rows):
        rows[1] = copied | {"group": "another"}

    edit(edition, TEST, change)
    assert found(edition) == [f"{TEST}: row 1: id {copied['id']!r} is also that of {TRAIN}: row 5"]


def test_no_group_is_in_two_splits(edition):
    group = pq.read_table(edition / TRAIN)["group"][7].as_py()
    edit(edition, TEST, lambda rows: rows[4].update(group=group))
    assert found(edition) == [f"{TEST}: row 4: group {group[:80]!r} is also in {TRAIN}: row 7"]


def test_files_and_hashes(edition):
    data = (edition / TRAIN).read_bytes()
    (edition / TEST).unlink()
    (edition / TRAIN).write_bytes(data[:-9])
    (edition / "agnews" / "stray\x1b.txt").write_text("x")
    (edition / ".gitattributes").write_text("x")
    messages = found(edition)
    assert f"{TEST}: the manifest names this file, but it is missing" in messages
    assert f"{TRAIN}: content differs from the manifest's hash" in messages
    assert "'agnews/stray\\x1b.txt': the manifest does not name this file" in messages
    assert any(each.startswith(f"{TRAIN}: not a readable parquet file") for each in messages)
    assert not any("gitattributes" in each for each in messages)


def test_counts(edition):
    tasks = {name: dict(each) for name, each in read_manifest(edition).tasks.items()}
    tasks["agnews"]["test"] += 1
    seal(edition, tasks=tasks)
    assert f"{TEST}: 30 rows; the manifest says 31" in found(edition)


def test_columns(edition):
    table = pq.read_table(edition / TEST)
    texts = table.drop_columns(["text"]).append_column("note", table["text"])
    labels = texts.set_column(6, "label", texts["label"].cast(pa.int32()))
    pq.write_table(labels, edition / TEST)
    seal(edition)
    assert found(edition) == [
        f"{TEST}: column 'label' is int32 instead of int64",
        f"{TEST}: column 'text' is missing",
        f"{TEST}: column 'note' is none of the task's",
    ]


def test_nested_nulls_are_seen(edition):
    path = edition / "ner/test-00000-of-00001.parquet"
    rows = pq.read_table(path).to_pylist()
    rows[1]["chunks"][0][0] = None
    table = pa.Table.from_pylist(rows, pq.read_schema(path))
    task = get_task("ner")
    assert not list(schema_faults(task, table))
    assert row_faults(task, table) == [(1, "column 'chunks' holds a null")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "manifest.json: Expecting property name"),
        ("{}", "manifest.json: $: 'edition' is a required property"),
        (None, "manifest.json: is missing: not an edition in our layout"),
    ],
)
def test_the_manifest(edition, content, message):
    (edition / "manifest.json").unlink()
    if content is not None:
        (edition / "manifest.json").write_text(content)
    (violation,) = found(edition)
    assert violation.startswith(message)


def test_the_manifest_must_list_all_files_and_known_tasks(edition):
    manifest = read_manifest(edition)
    files = {name: digest for name, digest in manifest.files.items() if name != TEST}
    tasks = {**manifest.tasks, "riddles": {"train": 0, "validation": 0, "test": 0}}
    seal(edition, files=files, tasks=tasks)
    messages = found(edition)
    assert f"{TEST}: the manifest does not name this file" in messages
    assert f"manifest.json: files: {TEST} is missing" in messages
    assert "manifest.json: tasks: there is no task 'riddles'" in messages


@pytest.mark.parametrize(
    "damage", ["no header", "---\nconfigs: [\n---\n", "---\nconfigs: []\n---\n"]
)
def test_the_header_must_describe_the_tasks(edition, damage):
    (edition / "README.md").write_text(damage)
    seal(edition)
    assert all(message.startswith("README.md: header: ") for message in found(edition))
    assert found(edition)


def test_the_schema_must_be_that_of_the_tasks(edition):
    (edition / "schema/item.schema.json").write_text("{}")
    seal(edition)
    assert found(edition) == ["schema/item.schema.json: not the schema of these tasks"]


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(UsageError, match="nowhere: no such directory"):
        validate(tmp_path / "nowhere")


def test_an_edition_of_one_task_is_sound(news_mirror, tmp_path):
    store = open_source(str(news_mirror))
    build(plan("agnews", store).builders, store, Request(size=40), tmp_path / "out")
    assert validate(tmp_path / "out").ok
