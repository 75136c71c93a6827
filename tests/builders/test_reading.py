"""Upstream files: the three formats give the same rows, and damage is named with its place."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders.reading.files import read_rows
from builders.reading.sources import open_source
from builders.reading.sources.mirror import Mirror
from builders.reading.upstream import Upstream
from mceval8k.errors import DataError, UsageError
from mceval8k.task import Source

COLUMNS = {"text": str, "label": int}
GOOD = '{"text": "one", "label": 0}\n'


def rows(path, columns=COLUMNS):
    return [(number, dict(values)) for number, _, values in read_rows(path, columns)]


def test_the_formats_agree(tmp_path):
    content = [{"text": "one, two\n“three”", "label": 0}, {"text": "", "label": -1}]
    pq.write_table(pa.Table.from_pylist(content), tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text('text,more,label\n"one, two\n“three”",x,0\n,y,-1\n', "utf-8")
    (tmp_path / "a.jsonl").write_text(
        '{"text": "one, two\\n“three”", "label": 0, "more": 1}\n\n{"text": null, "label": -1}\n',
        "utf-8",
    )
    expected = list(enumerate(content))
    assert all(rows(tmp_path / f"a.{kind}") == expected for kind in ("parquet", "csv", "jsonl"))
    for kind in ("csv", "jsonl"):  # with a byte order mark, as spreadsheets write it
        text = (tmp_path / f"a.{kind}").read_text("utf-8")
        (tmp_path / f"a.{kind}").write_text(text, "utf-8-sig")
        assert rows(tmp_path / f"a.{kind}") == expected


def test_nested_values(tmp_path):
    columns = {"choices": {"label": [str], "text": [str]}, "tags": [int]}
    content = [{"choices": {"label": ["A"], "text": ["x"]}, "tags": [1, 2]}]
    pq.write_table(pa.Table.from_pylist(content), tmp_path / "a.parquet")
    assert rows(tmp_path / "a.parquet", columns) == [(0, content[0])]


def test_numbers_and_truth_values(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"rating": 4.5, "sure": true}\n{"rating": 4, "sure": false}\n')
    columns = {"rating": float, "sure": bool}
    assert rows(path, columns) == [
        (0, {"rating": 4.5, "sure": True}),
        (1, {"rating": 4.0, "sure": False}),
    ]
    for wrong, message in (
        ('{"rating": true, "sure": true}', "'rating': expected a number, found true"),
        ('{"rating": 4.0, "sure": 1}', "'sure': expected true or false, found 1"),
    ):
        path.write_text(wrong)
        with pytest.raises(DataError, match=message):
            rows(path, columns)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", GOOD + '{"text": "two"}\n', "a.jsonl: line 2: column 'label' is missing"),
        ("a.jsonl", GOOD + '\n{"text": "tw', "a.jsonl: line 3: not JSON"),
        ("a.jsonl", GOOD + "[1]\n", "a.jsonl: line 2: not a JSON object"),
        ("a.jsonl", GOOD + '{"text": 2, "label": 0}', "line 2: column 'text': expected a text, f"),
        ("a.jsonl", '{"text": "t", "label": true}', "'label': expected a whole number, found true"),
        ("a.jsonl", GOOD.encode() + b'{"text": "\xff"}\n', "a.jsonl: line 2: not UTF-8"),
        ("a.jsonl", "", "a.jsonl: no rows"),
        ("a.jsonl", "[" * 100_000, "a.jsonl: line 1: not JSON"),
        ("a.csv", "", "a.csv: no rows"),
        ("a.csv", "text,label\n", "a.csv: no rows"),
        ("a.csv", "text\none\n", "a.csv: row 0: column 'label' is missing"),
        ("a.csv", "text,label\none,0\ntwo,no\n", "a.csv: row 1: column 'label': not a whole"),
        ("a.csv", "text,label\none,0,3\n", "a.csv: row 0: not as many fields"),
        ("a.csv", "text,label\none\n", "a.csv: row 0: not as many fields"),
        ("a.csv", b"text,label\none,0\n\xff,1\n", "a.csv: line 3: not UTF-8"),
        ("a.csv", 'text,label\none,0\n"two"x,0\n', "a.csv: row 1: "),
        ("a.csv", 'text,label\n"one\nline",0\n"two,0\n', "a.csv: row 1: unexpected end of data"),
        ("a.parquet", "", "a.parquet: not a readable parquet file"),
        ("a.parquet", b"PAR1 but no more", "a.parquet: not a readable parquet file"),
    ],
)
def test_damage_is_named(tmp_path, name, content, message):
    data = content.encode() if isinstance(content, str) else content
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError) as caught:
        rows(tmp_path / name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_truncated_parquet_is_named(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([{"text": "one", "label": 0}] * 500), path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"a\.parquet: not a readable parquet file"):
        rows(path)


def test_a_parquet_row_that_is_no_text_is_named(tmp_path):
    path = tmp_path / "a.parquet"
    texts = pa.array([b"fine", b"not \xff fine"]).view(pa.string())
    pq.write_table(pa.table({"text": texts, "label": pa.array([0, 1])}), path)
    with pytest.raises(DataError, match=r"a\.parquet: row 1: not UTF-8"):
        rows(path)


def test_a_parquet_column_is_missing(tmp_path):
    pq.write_table(pa.table({"text": ["one"]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet: column 'label' is missing"):
        rows(tmp_path / "a.parquet")


def upstream(*splits):
    return Upstream(Source("owner/set", "MIT", "plain"), splits, COLUMNS)


def test_a_mirror_pools_the_splits_and_says_where_rows_come_from(tmp_path):
    folder = tmp_path / "owner/set/plain"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_text(GOOD * 2)
    (folder / "test.csv").write_text("text,label\ntwo,1\n")
    found = list(Mirror(tmp_path).rows(upstream("train", "test")))
    assert [row.source_id for row in found] == ["train:0", "train:1", "test:0"]
    assert found[2]["text"] == "two"
    assert found[2].where == f"{folder / 'test.csv'}: row 0"


def test_files_that_are_no_hub_set_are_found_by_their_pattern(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "b.jsonl").write_text(GOOD)
    (folder / "a.jsonl").write_text(GOOD * 2)
    (folder / "notes.txt").write_text("no data")
    mirror, source = Mirror(tmp_path), Source("elsewhere/mine", "MIT")
    every = Upstream(source, ("*",), COLUMNS, files="mine/{split}.jsonl")
    assert [row.source_id for row in mirror.rows(every)] == ["a:0", "a:1", "b:0"]
    one = Upstream(source, ("b",), COLUMNS, files="mine/{split}.jsonl")
    assert [row.source for row in mirror.rows(one)] == ["elsewhere/mine"]
    assert mirror.has(one)
    assert mirror.revision(one) != mirror.revision(every)
    none = Upstream(source, ("b", "c"), COLUMNS, files="mine/{split}.jsonl")
    with pytest.raises(DataError) as caught:
        list(mirror.rows(none))
    assert str(caught.value) == f"{folder / 'c.jsonl'}: no such file"


def test_the_revision_follows_the_content(tmp_path):
    folder = tmp_path / "owner/set/plain"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_text(GOOD)
    before = Mirror(tmp_path).revision(upstream("train"))
    (folder / "train.jsonl").write_text(GOOD * 2)
    assert before.startswith("sha256:")
    assert Mirror(tmp_path).revision(upstream("train")) != before


def test_a_missing_split_names_the_path(tmp_path):
    (tmp_path / "owner/set/plain").mkdir(parents=True)
    with pytest.raises(DataError) as caught:
        list(Mirror(tmp_path).rows(upstream("train")))
    expected = tmp_path / "owner/set/plain/train.parquet"
    assert str(caught.value) == f"{expected}: no such file (nor .jsonl, .csv)"


def test_a_mirror_that_does_not_exist(tmp_path):
    with pytest.raises(
        UsageError, match="nowhere: no such directory, and none of: hub, samples, a mi"
    ):
        open_source(str(tmp_path / "nowhere"))
