"""Errors of libraries become lines; those of this project's own code keep their traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mceval8k.errors import DataError, is_own_fault
from mceval8k.json_text import parse_json
from mceval8k.statistics import wilson


def caught(raising: Callable[[], Any]) -> BaseException:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever it is
        raising()
    return raised.value


def test_a_line_of_ours_that_is_wrong_is_a_fault_of_ours() -> None:
    assert is_own_fault(caught(lambda: wilson("three", None)))  # type: ignore[arg-type]


def test_what_libraries_raise_and_what_is_said_of_data_is_not() -> None:
    assert not is_own_fault(caught(lambda: json.loads(3)))  # type: ignore[arg-type]
    error = caught(lambda: parse_json(b"[]", "results.json"))
    assert isinstance(error, DataError)
    assert not is_own_fault(error)
    assert not is_own_fault(TypeError("never raised"))
