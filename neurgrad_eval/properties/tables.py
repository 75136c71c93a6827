"""Results of properties as tidy tables: one row per number with its bounds, whatever the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np

Row = dict[str, Any]


def plain(value: Any) -> Any:
    """Return results as plain values that JSON has; what is not finite becomes None."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(content) for name, content in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(content) for content in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def tidy(result: Mapping[str, Any], leading: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Tables of a plain result, by name.

    Each list of objects becomes a table. An estimate or a null becomes columns (`accuracy`,
    `accuracy_low`, `accuracy_high`); a list of numbers in a row becomes a table of its own, with
    the row's texts and whole numbers beside each number.

    Parameters
    ----------
    result
        Plain values of a result.
    leading
        Columns that open every row.
    """
    tables: dict[str, list[Row]] = {}
    for name, rows in result.items():
        if not _is_table(rows):
            continue
        for row in rows:
            tables.setdefault(name, []).append({**leading, **_flat(row)})
            keys = {k: v for k, v in row.items() if isinstance(v, (str, int))}
            for field, values in row.items():
                if isinstance(values, list):
                    numbered = [
                        {**leading, **keys, "number": i, field: v} for i, v in enumerate(values)
                    ]
                    tables.setdefault(f"{name}_{field}", []).extend(numbered)
    return {name: uniform(rows) for name, rows in tables.items()}


def uniform(rows: Sequence[Row]) -> list[Row]:
    """Rows with the same columns, in the order in which they first occur.

    A null that is missing in some rows is one empty column there and several elsewhere: the empty
    one is dropped.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    stand_ins = {
        name
        for name in columns
        if f"{name}_mean" in columns and all(row.get(name) is None for row in rows)
    }
    kept = [name for name in columns if name not in stand_ins]
    return [{name: row.get(name) for name in kept} for row in rows]


def _is_table(value: Any) -> bool:
    return isinstance(value, Sequence) and bool(value) and isinstance(value[0], Mapping)


def _flat(row: Mapping[str, Any]) -> Row:
    flat: Row = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            for part, content in value.items():
                flat[name if part == "value" else f"{name}_{part}"] = content
        elif not isinstance(value, list):
            flat[name] = value
    return flat
