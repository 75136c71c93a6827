"""Reading upstream files: parquet, JSON lines and CSV give the same rows.

The forms of what is no Hub set, CoNLL-U and tab-separated text, are modules of
`builders.reading.formats`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from builders.reading.formats import Columns, Reader, Row
from builders.reading.formats.conllu import read_conllu
from builders.reading.formats.tsv import read_tsv
from builders.reading.upstream import Shape
from mceval8k.errors import DataError

_LONGEST_FIELD = 1 << 24
_WORDS = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false"}
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")


def read_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """Rows of a file in the requested columns, each value of the requested shape.

    Raises
    ------
    DataError
        The file is damaged, empty, lacks a column, or holds a value of another shape.
    """
    number = -1
    for number, place, values in _reader(path)(path, columns):
        yield number, place, _conform_row(f"{path}: {place}", values, columns)
    if number < 0:
        raise DataError(f"{path}: no rows")


def _reader(path: Path) -> Reader:
    every = {**READERS, **OTHER_READERS}
    return next(read for suffix, read in every.items() if path.name.endswith(suffix))


def _conform_row(where: str, values: Mapping[str, Any], columns: Columns) -> Mapping[str, Any]:
    row = {}
    for name, shape in columns.items():
        if name not in values:
            raise DataError(f"{where}: {_missing(name, values)}")
        try:
            row[name] = conform(values[name], shape)
        except (TypeError, ValueError) as error:
            raise DataError(f"{where}: column {name!r}: {error}") from None
    return row


def _missing(name: str, there: Iterable[str]) -> str:
    return f"column {name!r} is missing; there are: {', '.join(map(str, there))}"


def conform(value: Any, shape: Shape) -> Any:
    """Return a value in a shape; a null text becomes the empty one.

    Raises
    ------
    TypeError
        It has another shape.
    """
    if isinstance(shape, list) and isinstance(value, list):
        return [conform(member, shape[0]) for member in value]
    if isinstance(shape, dict) and isinstance(value, dict) and set(shape) <= set(value):
        return {name: conform(value[name], member) for name, member in shape.items()}
    if shape is str and value is None:
        return ""
    if shape is float and type(value) is int:
        return float(value)
    if isinstance(shape, type) and type(value) is shape:
        return value
    raise TypeError(f"expected {_in_words(shape)}, found {json.dumps(value, default=str)[:80]}")


def _in_words(shape: Shape) -> str:
    if isinstance(shape, list):
        return f"a list of ({_in_words(shape[0])})"
    if isinstance(shape, dict):
        return "a record of " + " and ".join(shape)
    return _WORDS[shape.__name__]


def _json_lines(path: Path, columns: Columns) -> Iterator[Row]:  # noqa: ARG001
    with path.open("rb") as file:
        filled = ((number, line) for number, line in enumerate(file, start=1) if line.strip())
        for row, (number, line) in enumerate(filled):
            place = f"line {number}"
            yield row, place, _json_object(f"{path}: {place}", line)


def _json_object(where: str, line: bytes) -> Mapping[str, Any]:
    try:
        values = json.loads(line.decode("utf-8-sig"))
        if b"\\ud" in line.lower():
            json.dumps(values, ensure_ascii=False).encode()  # half of a pair has no bytes
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise DataError(f"{where}: not UTF-8: {error.reason}") from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise DataError(f"{where}: not JSON: {reason}") from None
    if not isinstance(values, dict):
        raise DataError(f"{where}: not a JSON object")
    return values


def _csv(path: Path, columns: Columns) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_FIELD)
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for values in csv.DictReader(file, strict=True):
                place = f"row {number}"
                yield number, place, _numbers(f"{path}: {place}", values, columns)
                number += 1
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: {_first_bad_line(path)}{error}") from None
    except csv.Error as error:
        raise DataError(f"{path}: row {number}: {error}") from None


def _numbers(where: str, values: Mapping[str, str], columns: Columns) -> Mapping[str, Any]:
    """Turn the texts of a CSV row into numbers where numbers are expected."""
    row: dict[str, Any] = dict(values)
    if None in values or None in values.values():
        raise DataError(f"{where}: not as many fields as the header")
    for name in (name for name, shape in columns.items() if shape is int and name in values):
        if not _WHOLE.fullmatch(values[name]):
            raise DataError(f"{where}: column {name!r}: not a whole number: {values[name]!r}")
        row[name] = int(values[name])
    return row


def _first_bad_line(path: Path) -> str:
    """Where a file is not UTF-8, in words; nothing for one that is."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.decode("utf-8", errors="ignore").encode() != line:
                return f"line {number}: not UTF-8: "
    return ""


def _parquet(path: Path, columns: Columns) -> Iterator[Row]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            if missing := [name for name in columns if name not in file.schema_arrow.names]:
                raise DataError(f"{path}: {_missing(missing[0], file.schema_arrow.names)}")
            for batch in file.iter_batches(batch_size=4096, columns=list(columns)):
                for values in _python_rows(path, number, batch):
                    yield number, f"row {number}", values
                    number += 1
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: not a readable parquet file: {reason}") from None


def _python_rows(path: Path, first: int, batch: pa.RecordBatch) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except UnicodeDecodeError:
        rows = [_python_row(f"{path}: row {first + i}", batch, i) for i in range(len(batch))]
    return rows


def _python_row(where: str, batch: pa.RecordBatch, index: int) -> dict[str, Any]:
    try:
        (row,) = batch.slice(index, 1).to_pylist()
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not UTF-8: {error.reason}") from None
    return dict(row)


READERS: Mapping[str, Reader] = {
    ".parquet": _parquet,
    ".jsonl": _json_lines,
    ".csv": _csv,
}
"""Readers by suffix; of a split that is there in several forms, the first in this order is read."""

OTHER_READERS: Mapping[str, Reader] = {
    ".conllu": read_conllu,
    ".conllu.gz": read_conllu,
    ".tsv": read_tsv,
}
"""Readers of forms in which there is no Hub set."""
