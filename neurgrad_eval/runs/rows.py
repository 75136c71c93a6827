"""Rows of measurements: records and arrays as tables, and tables as one file for each unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from neurgrad_eval.neurons import ExpertMap

ROWS = "rows"
"""Name of the table of an experiment that has one."""

Tables = dict[str, pa.Table]
Arrays = dict[str, npt.NDArray[Any]]
Records = Sequence[Any]
"""Dataclasses or mappings, one for each row."""
Measurement = Any
"""What a unit gives: rows of one table (a table or records), a mapping of several tables by name,
or a mapping of arrays, such as features."""


def normal(measured: Measurement) -> Tables | Arrays:
    """Tables by name, or arrays as they are."""
    if not isinstance(measured, Mapping):
        return {ROWS: tabulate(measured)}
    if all(isinstance(value, np.ndarray) for value in measured.values()):
        return dict(measured)
    return {name: tabulate(rows) for name, rows in measured.items()}


def tabulate(rows: pa.Table | Records) -> pa.Table:
    """Rows as a tidy table.

    A dataclass or mapping inside a row, such as an estimate, becomes columns: its `value` or `mean`
    bears the field's name, the others are joined to it (`accuracy`, `accuracy_low`).
    """
    if isinstance(rows, pa.Table):
        return rows
    flat = [flatten(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    return pa.table({name: [row.get(name) for row in flat] for name in names})


def tabulate_all(
    tables: Mapping[str, pa.Table | Records], about: Mapping[str, Any]
) -> dict[str, pa.Table]:
    """Tables of a result, in which neurons of a mixture of experts are named by expert, too.

    Parameters
    ----------
    tables
        By name.
    about
        What the result is of; `experts` says which neurons are whose (`ExpertMap.plain`).
    """
    experts = ExpertMap.of(about.get("experts", ()))
    return {name: experts.add_to(tabulate(rows)) for name, rows in tables.items()}


def flatten(row: Any) -> dict[str, Any]:
    """Flatten one row; see `tabulate`."""
    flat: dict[str, Any] = {}
    for name, value in _items(row):
        if isinstance(value, Mapping) or is_dataclass(value):
            for part, content in flatten(value).items():
                flat[name if part in ("value", "mean") else f"{name}_{part}"] = content
        else:
            flat[name] = value.item() if isinstance(value, np.generic) else value
    return flat


def _items(row: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(row, Mapping):
        return row.items()
    return ((one.name, getattr(row, one.name)) for one in fields(row))


def join(parts: Iterable[pa.Table]) -> pa.Table:
    """Rows of several tables one after the other; a column that a table lacks is null there."""
    found = [part for part in parts if part.num_columns]
    if not found:
        return pa.table({})
    return pa.concat_tables(found, promote_options="permissive").combine_chunks()


def pack(tables: Tables) -> pa.Table:
    """Several tables as one of a single row: a list of structs for each."""
    columns = {}
    for name, table in tables.items():
        if table.num_rows:
            whole = table.combine_chunks().to_struct_array()
            content = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
            columns[name] = pa.ListArray.from_arrays([0, len(content)], content)
    return pa.table(columns or {"": [None]})


def unpack(packed: pa.Table) -> Tables:
    """Tables that `pack` has packed."""
    found = {}
    for name in packed.column_names:
        if name:
            content = packed[name].combine_chunks().flatten()
            found[name] = pa.Table.from_struct_array(content)
    return found


def records(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as plain values that JSON has; what is not finite becomes None."""
    return [{name: finite(value) for name, value in row.items()} for row in table.to_pylist()]


def finite(value: Any) -> Any:
    """Return a plain value, or None for a number that is not finite."""
    if isinstance(value, list):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
