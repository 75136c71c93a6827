"""Tab-separated text: a row per line, in which nothing but the tab has a meaning.

A quote is a quote: read as CSV, a line that begins with one swallows the lines up to the next. The
file has no header; its fields are the requested columns, in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from builders.reading.formats import Columns, Row, decoded
from mceval8k.errors import DataError


def read_tsv(path: Path, columns: Columns) -> Iterator[Row]:
    """Rows of a file with a field for each of the columns."""
    with path.open("rb") as file:
        for number, line in enumerate(file):
            place = f"line {number + 1}"
            fields = decoded(f"{path}: {place}", line).split("\t")
            if len(fields) != len(columns):
                raise DataError(
                    f"{path}: {place}: {len(fields) - 1} tabs instead of {len(columns) - 1}"
                )
            yield number, place, dict(zip(columns, fields, strict=True))
