"""Forms of upstream files beside parquet, JSON lines and CSV: a module per form.

A reader yields `(number, place, values)`: the row counted from 0, the file's own word for it
(`line 3`, `row 2`), and the values as they stand. What is wrong with a file is a DataError that
names the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from builders.reading.upstream import Shape
from mceval8k.errors import DataError

Columns = Mapping[str, Shape]
Row = tuple[int, str, Mapping[str, Any]]
Reader = Callable[[Path, Columns], Iterator[Row]]


def decoded(where: str, line: bytes) -> str:
    """Text of a line without its end.

    Raises
    ------
    DataError
        It is not UTF-8.
    """
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not UTF-8: {error.reason}") from None
