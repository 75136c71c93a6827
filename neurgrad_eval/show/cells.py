"""Rows of a table as texts: the same on the console and on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from neurgrad_eval.show.views import View
from neurgrad_eval.show.words import FORMATS, Format, heading

MINUS = "\N{MINUS SIGN}"
NOTHING = "–"
_LEADING = ("run", "model", "task")


@dataclass(frozen=True)
class Grid:
    """A table of texts."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    """Which columns hold numbers."""


def select(table: pa.Table, where: Mapping[str, Any]) -> pa.Table:
    """Rows that have these values."""
    for name, value in where.items():
        wanted = pc.is_null(table[name]) if value is None else pc.equal(table[name], value)
        table = table.filter(wanted)
    return table


def grid(table: pa.Table, view: View) -> Grid:
    """Texts of the columns that a view shows."""
    rows = select(table, view.where)
    names = view.columns.split() or _all(table, view)
    texts = [_texts(rows, name) for name in names]
    numeric = tuple(_format(table, name) != "text" for name in names)
    return Grid(tuple(map(heading, names)), tuple(zip(*texts, strict=True)), numeric)


def _all(table: pa.Table, view: View) -> list[str]:
    """All columns but bounds of others, nested ones, and those that are the same in all rows."""
    names = set(table.column_names)
    ends = {f"{name}_{end}" for name in names for end in ("low", "high", "draws")}
    return [
        name
        for name in table.column_names
        if name not in ends
        and name not in view.where
        and not pa.types.is_nested(table[name].type)
        and not (name in _LEADING and len(pc.unique(table[name])) == 1)
    ]


def write(value: Any, form: Format) -> str:
    """Write one value."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return NOTHING
    if form == "text":
        return str(value)
    return _number(float(value), form).replace("-", MINUS)


def _number(value: float, form: Format) -> str:
    if form == "p":
        return "<0.001" if value < 0.001 else f"{value:.3f}"
    if form in ("share", "change"):
        rounded = round(value, 3) + 0.0  # what rounds to -0 is written without a sign
        return f"{rounded:+.3f}" if form == "change" else f"{rounded:.3f}"
    return format(value, {"count": ",.0f", "small": ".1e", "number": ".4g"}[form])


def _texts(table: pa.Table, name: str) -> Sequence[str]:
    """Cells of a column; its bounds stand beside each value."""
    form = _format(table, name)
    values = [write(value, form) for value in table[name].to_pylist()]
    ends = [f"{name}_{end}" for end in ("low", "high")]
    if not all(end in table.column_names for end in ends):
        return values
    low, high = ([write(value, form) for value in table[end].to_pylist()] for end in ends)
    return [
        text if NOTHING in (text, least) else f"{text} [{least}, {most}]"
        for text, least, most in zip(values, low, high, strict=True)
    ]


def _format(table: pa.Table, name: str) -> Format:
    kind = table[name].type
    if pa.types.is_integer(kind):
        return "count"
    return FORMATS.get(name, "number") if pa.types.is_floating(kind) else "text"
