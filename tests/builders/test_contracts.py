"""What builders believe of their upstreams, and the samples, against the recorded true schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from builders.builder import Dropped
from builders.making.cleaning import clean
from builders.reading.files import read_rows
from builders.reading.sources.samples import FOLDER as SAMPLES
from builders.reading.upstream import UpstreamRow
from builders.registry import all_builders
from builders.text import mended

RECORDED = yaml.safe_load((Path(__file__).parent / "contracts/upstreams.yaml").read_text())
QUIRKS = [(task, what) for task, each in RECORDED.items() for what in each["quirks"]]

KINDS = {"string": str, "bool": bool, "float64": float, "list": list}
KINDS |= dict.fromkeys(("int64", "int32", "uint32"), int)


def kind_of(recorded: Any) -> Any:
    """Shape of a column's values: a ClassLabel is a number; a list of lists of names, several."""
    if isinstance(recorded, list):
        return [int] if isinstance(recorded[0], list) else int
    if isinstance(recorded, dict):
        return {name: kind_of(member) for name, member in recorded.items()}
    inner = re.fullmatch(r"list<(.*)>", recorded)
    return [kind_of(inner[1])] if inner else KINDS[recorded]


def fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, dict):
        return isinstance(value, dict) and all(fits(value[name], kind[name]) for name in kind)
    if isinstance(kind, list):
        return isinstance(value, list) and all(fits(member, kind[0]) for member in value)
    return type(value) is kind or (kind is float and type(value) is int)


def names_of(recorded: Any) -> list[str] | None:
    """Names of a ClassLabel."""
    if not isinstance(recorded, list):
        return None
    return (
        [name for part in recorded for name in part] if isinstance(recorded[0], list) else recorded
    )


def sample_rows(task: str) -> Iterator[dict[str, Any]]:
    """Rows of the samples with all their columns; of forms other than JSON, those that are read."""
    recorded = RECORDED[task]
    for each in recorded["sets"]:
        pattern = each.get("files") or f"{each['id']}/{each['config']}/*.jsonl"
        paths = sorted(SAMPLES.glob(pattern))
        assert paths, pattern
        for path in paths:
            if path.suffix == ".jsonl":
                lines = path.read_text(encoding="utf-8").splitlines()
                yield from map(json.loads, lines)
            else:
                columns = {name: kind_of(kind) for name, kind in recorded["columns"].items()}
                if path.suffix == ".conllu":
                    columns["newdoc id"] = str
                yield from (dict(values) for _, _, values in read_rows(path, columns))


def text_of(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def test_every_upstream_is_recorded():
    released = {name for name, each in all_builders().items() if each.task.released_folder}
    assert released <= set(RECORDED) <= set(all_builders())


@pytest.mark.parametrize("task", RECORDED)
def test_a_builder_reads_what_is_there(task):
    recorded = RECORDED[task]
    there = {(each.get("id"), each.get("config")): each for each in recorded["sets"]}
    for upstream in all_builders()[task].upstream:
        if upstream.files is None:
            found = there[upstream.source.id, upstream.source.config or "default"]
            assert set(upstream.splits) <= set(found["splits"])
        for name, shape in upstream.columns.items():
            kind = kind_of(recorded["columns"][name])
            if kind is list or (isinstance(kind, dict) and isinstance(shape, dict)):
                continue  # records in lists are looked at row by row
            assert shape == kind, name


@pytest.mark.parametrize("task", RECORDED)
def test_samples_are_of_the_recorded_schema(task):
    recorded = RECORDED[task]["columns"]
    may_lack = set(RECORDED[task].get("unread", ()))
    rows = list(sample_rows(task))
    assert len(rows) >= 48
    for row in rows:
        assert set(recorded) - may_lack <= set(row) <= set(recorded)
        for name, value in row.items():
            assert fits(value, kind_of(recorded[name])), (name, value)
            if names := names_of(recorded[name]):
                numbers = value if isinstance(value, list) else [value]
                assert all(-1 <= number < len(names) for number in numbers)


@pytest.mark.parametrize(("task", "what"), QUIRKS)
def test_a_quirk_of_upstream_is_in_the_samples(task, what):
    recorded = RECORDED[task]
    quirk = recorded["quirks"][what]
    pattern = re.compile(quirk["pattern"])
    row = quirk["row"]
    assert set(row) == set(recorded["columns"])
    assert all(fits(row[name], kind_of(kind)) for name, kind in recorded["columns"].items())
    assert pattern.search(text_of(row))
    assert any(pattern.search(text_of(each)) for each in sample_rows(task))


@pytest.mark.parametrize(
    ("task", "what"),
    [
        (task, what)
        for task, what in QUIRKS
        if {"gives", "dropped"} & set(RECORDED[task]["quirks"][what])
    ],
)
def test_what_a_builder_makes_of_a_quirk(task, what):
    quirk, builder = RECORDED[task]["quirks"][what], all_builders()[task]
    row = UpstreamRow(mended(quirk["row"], builder.mend), "owner/set", "x/train:0", "row 0")
    drafted = list(builder.draft([row], 0))
    cleaned = clean(builder, drafted)
    if "dropped" in quirk:
        assert cleaned.dropped == {quirk["dropped"]: 1}
    else:
        (first, *_) = (each for each in drafted if not isinstance(each, Dropped))
        raw = first.drafts[0].raw
        assert {name: raw[name] for name in quirk["gives"]} == quirk["gives"]


@pytest.mark.shared
@pytest.mark.parametrize(
    "task", [task for task, each in RECORDED.items() if "id" in each["sets"][0]]
)
def test_true_files_are_of_the_recorded_schema(task, shared_dir):
    recorded = RECORDED[task]
    folders = [shared_dir / "upstream" / each["id"] / each["config"] for each in recorded["sets"]]
    paths = [path for folder in folders for path in sorted(folder.glob("*.parquet"))]
    if not paths:
        pytest.skip(f"{folders[0]} is not there")
    for path in paths:
        schema = pq.read_schema(path)
        assert schema.names == list(recorded["columns"])
        table = pq.ParquetFile(path).iter_batches(batch_size=2000)
        for row in next(table).to_pylist():
            assert all(fits(row[name], kind_of(kind)) for name, kind in recorded["columns"].items())
        for name, kind in recorded["columns"].items():
            if isinstance(kind, str) and kind in ("int32", "int64", "uint32", "string"):
                found = schema.field(name).type
                assert found == pa.type_for_alias(kind) or found == pa.large_string()
