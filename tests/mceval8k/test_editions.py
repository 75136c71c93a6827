"""Opening editions: both layouts, stale files, and damage that is named."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mceval8k import load_task, open_edition
from mceval8k.editions.manifest import Manifest
from mceval8k.editions.native import split_file
from mceval8k.errors import DataError, MCEvalError, UsageError
from mceval8k.files import sha256
from mceval8k.item import features, make_item
from mceval8k.registry import get_task

SPLITS = ("train", "validation", "test")


def native(folder: Path, texts: dict[str, list[str]]) -> Path:
    """Write an edition in our layout that holds agnews."""
    task = get_task("agnews")
    files, counts = {}, {}
    for split in SPLITS:
        rows = [
            make_item(task, {"text": text, "label": n % 4}, source="here", source_id=str(n))
            for n, text in enumerate(texts.get(split, []))
        ]
        name = split_file("agnews", split)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        schema = features(task).arrow_schema.remove_metadata()
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema), folder / name)
        files[name], counts[split] = sha256(folder / name), len(rows)
    manifest = Manifest("samples", "0", 0, {}, {"agnews": counts}, files)
    (folder / "manifest.json").write_text(manifest.to_json())
    return folder


def released(folder: Path, task: str, rows: object, suffix: str = "json") -> Path:
    """Write a test split in the released layout."""
    path = folder / get_task(task).released_folder / f"test.{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
    return folder


def test_native_layout(tmp_path: Path) -> None:
    edition = open_edition(native(tmp_path, {"train": ["a", "b"], "test": ["c"]}))
    assert edition.tasks == ("agnews",)
    splits = edition.load("agnews")
    assert {name: len(rows) for name, rows in splits.items()} == {
        "train": 2,
        "validation": 0,
        "test": 1,
    }
    assert splits["train"].features == features(get_task("agnews"))
    assert splits["train"]["text"][:] == ["a", "b"]


def test_rebuilt_data_is_never_stale(tmp_path: Path) -> None:
    first = open_edition(native(tmp_path, {"test": ["old"]}))
    before = first.digest, load_task("agnews", tmp_path)["test"][0]["text"]
    native(tmp_path, {"test": ["new"]})
    after = open_edition(tmp_path).digest, load_task("agnews", tmp_path)["test"][0]["text"]
    assert (before[1], after[1]) == ("old", "new")
    assert before[0] != after[0]


def test_changed_file_is_noticed(tmp_path: Path) -> None:
    native(tmp_path, {"test": ["a"]})
    path = tmp_path / split_file("agnews", "test")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match=r"test-00000-of-00001\.parquet: content differs"):
        load_task("agnews", tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": "zero"}, r"\$\.seed"),
        ({"files": {"../../etc/passwd": "0" * 64}}, "leads out of the folder"),
        ({"files": {}}, "parquet is missing"),
        ({"tasks": {"agnews": {"train": 1, "validation": 0, "test": 1}}}, "the manifest says 1"),
    ],
)
def test_a_bad_manifest_is_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = native(tmp_path, {"test": ["a"]}) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DataError, match=message):
        load_task("agnews", tmp_path)


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_released_json(tmp_path: Path, suffix: str) -> None:
    rows = [{"text": "a\u2028b", "label": 2}, {"text": "c", "label": 0}]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    released(tmp_path, "agnews", rows if suffix == "json" else lines, suffix)
    splits = load_task("agnews", tmp_path)
    assert [len(splits[name]) for name in SPLITS] == [0, 0, 2]
    first = splits["test"][0]
    assert (first["text"], first["label"], first["source_id"]) == ("a\u2028b", 2, "test:0")


def test_released_nan_is_a_missing_text(tmp_path: Path) -> None:
    released(tmp_path, "clang8", '[{"sentence1": NaN, "sentence2": "b", "acceptable": 1}]')
    assert load_task("clang8", tmp_path)["test"][0]["options"] == ["", "b"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"text": "a", "label": 4}], r"test\.json: row 0: label 4 is out of range"),
        ([{"text": "a", "label": 1}, {"text": "a"}], "row 1: column 'label' is missing"),
        ([{"text": None, "label": 1}], "row 0"),
        ([{"text": "a", "label": "Sports"}], "row 0"),
        ("[{]", "not JSON"),
        ("[" * 100_000, "not JSON: nested too deeply"),
        ('[{"text": "a", "label": ' + "9" * 5000 + "}]", "not JSON"),
        ([1, 2], "not a list of rows"),
    ],
)
def test_bad_released_rows_are_named(tmp_path: Path, rows: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_task("agnews", released(tmp_path, "agnews", rows))


def test_bad_parquet_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "classification" / "agnews"
    folder.mkdir(parents=True)
    (folder / "test.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(DataError, match=r"test\.parquet: not a readable parquet"):
        load_task("agnews", tmp_path)
    pq.write_table(pa.table({"text": ["a"]}), folder / "test.parquet")
    with pytest.raises(DataError, match="column 'label' is missing"):
        load_task("agnews", tmp_path)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    released(tmp_path, "agnews", [{"text": "a", "label": 1}])
    with pytest.raises(UsageError, match="has no task 'ner'; it has: agnews"):
        load_task("ner", tmp_path)
    with pytest.raises(UsageError, match="unknown task 'news'"):
        load_task("news", tmp_path)
    with pytest.raises(UsageError, match="no such directory, nor a Hub id"):
        load_task("agnews", tmp_path / "nowhere")
    with pytest.raises(UsageError, match="--edition-revision is for Hub ids"):
        load_task("agnews", tmp_path, revision="main")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"manifest\.json is missing"):
        load_task("agnews", tmp_path / "empty")


def test_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MCEvalError, match="edition nobody/nothing at v1: not a directory here"):
        load_task("agnews", "nobody/nothing", revision="v1")
