"""JSON of untrusted files is read within limits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mceval8k import json_text
from mceval8k.errors import DataError
from mceval8k.json_text import parse_json, read_json


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "Expecting"),
        (b"[]", "not an object"),
        (b"3", "not an object"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": -Infinity}', "-Infinity is no JSON"),
        (b'{"a": "\\ud800"}', "surrogates not allowed"),
        (b'{"\\udfff": 1}', "surrogates not allowed"),
        (b"\xff{}", "can't decode byte"),
        (b'{"a": ' + b"9" * 5000 + b"}", "4300"),
        (b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", "nested too deeply"),
        (b'{"a": ' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_honest_object_is_one_line(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(text)
    with pytest.raises(DataError, match=message) as caught:
        read_json(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in (
        (tmp_path / "pipe", "no regular file"),
        (tmp_path, "no regular file"),
        (tmp_path / "none", "No such file"),
    ):
        with pytest.raises(DataError, match=message):
            read_json(path)
    (tmp_path / "large").write_text("{}     ")
    monkeypatch.setattr(json_text, "MOST_BYTES", 5)
    with pytest.raises(DataError, match="larger than"):
        read_json(tmp_path / "large")


def test_an_object_comes_back() -> None:
    assert parse_json('\ufeff{"a": [1, {"b": "ü"}]}'.encode(), "x") == {"a": [1, {"b": "ü"}]}
    assert parse_json("{" + '"a": {' * 98 + "}" * 99, "x")
