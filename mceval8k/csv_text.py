"""CSV that people open in a spreadsheet: no cell is a formula, and no cell breaks a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters that spreadsheets take for the start of a formula, full-width ones included."""


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV (RFC 4180, lines end in a newline); a missing or empty value is an empty cell."""
    return "".join(map(_line, (columns, *([row.get(name) for name in columns] for row in rows))))


def _line(values: Iterable[Any]) -> str:
    return ",".join(_cell(value) for value in values) + "\n"


def _cell(value: Any) -> str:
    text = safe_text(value) if isinstance(value, str) else "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: one that looks like one is marked as text."""
    return "'" + text if text.lstrip(" ").startswith(_FORMULA) else text
