"""YAML of others: what is no plain document is one line, in little time."""

from __future__ import annotations

import os

import pytest

from mceval8k.errors import DataError
from mceval8k.yaml_text import parse_yaml, read_yaml
from tests.reliability.bad_json import YAML


def test_aliases_that_stay_small_are_read():
    text = "a: &a [1, {b: 2}]\nc: [*a, *a]\nd: {<<: {e: 2024-01-01x}}"
    assert parse_yaml(text, "x") == {
        "a": [1, {"b": 2}],
        "c": [[1, {"b": 2}], [1, {"b": 2}]],
        "d": {"e": "2024-01-01x"},
    }


def test_texts_only():
    assert parse_yaml("a: 0123\nb: true", "x", texts_only=True) == {"a": "0123", "b": "true"}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("deep", "nested too deeply"),
        ("deep object", "nested too deeply"),
        ("bomb", "too many values"),
        ("merged bomb", "too many values"),
        ("itself", "has no value yet"),
        ("surrogate", "surrogates not allowed"),
        ("tag", "could not determine a constructor"),
        ("huge number", "limit"),
        ("no date", "month"),
    ],
)
def test_what_would_take_too_long_or_has_no_value(kind, reason):
    with pytest.raises(DataError, match=f"^x: not YAML: .*{reason}"):
        parse_yaml(YAML[kind].decode(), "x")


def test_files(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "latin").write_bytes(b"\xe9")
    (tmp_path / "large").write_bytes(b"#" * (2**22 + 1))
    for name in ("fifo", "latin", "large", "none"):
        with pytest.raises(DataError, match=f"{name}: "):
            read_yaml(tmp_path / name)
    (tmp_path / "marked").write_text("\ufeffa: 1")
    assert read_yaml(tmp_path / "marked") == {"a": 1}
