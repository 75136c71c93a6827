from __future__ import annotations

import pytest

from harness.report.summary import safe_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_text_that_looks_like_a_formula_is_quoted(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("value", ["agnews", -1.5, 0, None, ""])
def test_other_values_stay(value: object) -> None:
    assert safe_cell(value) == value
