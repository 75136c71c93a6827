"""Rows as tables, and several tables as one file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from mceval8k.errors import DataError
from mceval8k.statistics import Estimate, Null
from neurgrad_eval.runs.rows import join, normal, pack, records, tabulate, unpack
from neurgrad_eval.runs.shards import FolderShards


@dataclass(frozen=True)
class Row:
    probe: str
    accuracy: Estimate
    random: Null | None


FULL = Row("tree", Estimate(0.5, 0.4, 0.6), Null(0.3, 0.2, 0.4, 20))
BARE = Row("vote", Estimate(0.7, 0.6, 0.8), None)


def test_estimates_and_nulls_become_columns():
    found = tabulate([FULL, BARE]).to_pylist()
    assert found[0] == {
        "probe": "tree",
        "accuracy": 0.5,
        "accuracy_low": 0.4,
        "accuracy_high": 0.6,
        "random": 0.3,
        "random_low": 0.2,
        "random_high": 0.4,
        "random_draws": 20,
    }
    assert found[1]["random"] is found[1]["random_draws"] is None


def test_tables_of_one_kind_join_though_one_lacks_columns():
    joined = join([tabulate([BARE]), tabulate([FULL])])
    assert joined["random"].to_pylist() == [None, 0.3]
    assert joined["probe"].to_pylist() == ["vote", "tree"]


def test_measurements_are_tables_by_name_or_arrays():
    assert normal([{"a": 1}])["rows"].to_pylist() == [{"a": 1}]
    assert normal({"one": [{"a": np.float32(1.5)}]})["one"].to_pylist() == [{"a": 1.5}]
    arrays = {"codes": np.arange(3)}
    assert normal(arrays)["codes"] is arrays["codes"]


def test_several_tables_are_one_row_and_come_back():
    tables = {"one": tabulate([FULL, BARE]), "two": pa.table({"x": [[1, 2], [3]]})}
    back = unpack(pack(tables))
    assert {name: table.to_pylist() for name, table in back.items()} == {
        name: table.to_pylist() for name, table in tables.items()
    }
    assert unpack(pack({"empty": pa.table({})})) == {}


def test_json_has_no_number_that_is_not_finite():
    table = pa.table({"x": [1.0, float("nan")], "y": [[float("inf")], [2.0]]})
    assert records(table) == [{"x": 1.0, "y": [None]}, {"x": None, "y": [2.0]}]


@pytest.mark.parametrize("content", [{"rows": tabulate([FULL])}, {"codes": np.arange(8)}])
def test_a_shard_that_is_damaged_or_foreign_is_refused(tmp_path, content):
    shards = FolderShards(tmp_path, "mine")
    assert not shards.has("u")
    shards.save("u", content)
    assert shards.has("u")
    again = shards.load("u")
    assert again.keys() == content.keys()
    with pytest.raises(DataError, match="it is of another run"):
        FolderShards(tmp_path, "yours").load("u")
    (path,) = tmp_path.iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DataError, match=path.name):
        shards.load("u")
    path.unlink()
    with pytest.raises(DataError, match="missing"):
        shards.load("u")


def test_arrays_are_the_same_bytes_every_time(tmp_path):
    for name in ("one", "two"):
        FolderShards(tmp_path, "mine").save(name, {"b": np.ones(3), "a": np.zeros((2, 0))})
    one, two = (tmp_path / f"{name}.safetensors" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
