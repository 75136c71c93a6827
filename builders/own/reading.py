"""The rows of somebody's data, from a file or from the Hub, in the columns they have there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders.own.quiz import HubData, Quiz
from builders.reading.files import READERS
from mceval8k.errors import DataError, UsageError
from mceval8k.files import sha256
from mceval8k.hub import HUB_ERRORS, patiently, why

SPLIT = "split"
"""Column that rows from the Hub have beside their own, unless they have one of that name."""


@dataclass(frozen=True)
class Table:
    """Rows, and where they come from."""

    id: str
    """File name or Hub id."""
    revision: str
    """What tells this state of the data from others."""
    rows: tuple[tuple[str, Mapping[str, Any]], ...]
    """Place of each row, as errors name it, and its values by column."""
    config: str | None = None
    url: str = ""


def read_table(quiz: Quiz) -> Table:
    """Read the rows of a quiz.

    Raises
    ------
    DataError
        The file is damaged, has no rows, or lacks a column.
    UsageError
        The data set cannot be had from the Hub.
    """
    table = _from_file(quiz, quiz.data) if isinstance(quiz.data, Path) else _from_hub(quiz.data)
    if not table.rows:
        raise DataError(f"{quiz.where}: data: {table.id} has no rows")
    there = table.rows[0][1]
    if missing := [name for name in quiz.columns if name not in there]:
        named = ", ".join(map(str, there))
        raise DataError(f"{quiz.where}: {table.id} has no column {missing[0]!r}; it has: {named}")
    return table


def _from_file(quiz: Quiz, path: Path) -> Table:
    read = READERS[path.suffix]
    rows = tuple(
        (place, values) for _, place, values in read(path, dict.fromkeys(quiz.columns, str))
    )
    return Table(path.name, sha256(path), rows)


def _from_hub(data: HubData) -> Table:
    from datasets import DatasetDict, load_dataset
    from huggingface_hub import HfApi

    try:
        # Looked up first: offline, `load_dataset` takes whatever commit it finds in its cache.
        info = patiently(data.id, lambda: HfApi().dataset_info(data.id, revision=data.revision))
        commit = str(info.sha)
        found = patiently(
            data.id,
            lambda: load_dataset(data.id, data.config, split=data.split, revision=commit),
        )
    except HUB_ERRORS as error:
        raise UsageError(f"data set {data.id}: {why(error)}") from None
    splits = found if isinstance(found, DatasetDict) else {str(data.split): found}
    url = f"https://huggingface.co/datasets/{data.id}"
    return Table(data.id, commit, tuple(_hub_rows(splits)), data.config, url)


def _hub_rows(splits: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, rows in splits.items():
        for number, row in enumerate(rows):
            yield f"{name}: row {number}", {SPLIT: name, **row}
