"""What a builder reads: upstream data sets and their rows, wherever a source keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mceval8k.task import Source

Shape = type | list["Shape"] | dict[str, "Shape"]
"""Shape of a column's values: `str`, `int`, `[int]` for a list, `{"text": [str]}` for a record."""


@dataclass(frozen=True)
class Upstream:
    """What a builder needs of an upstream data set."""

    source: Source
    """Which data set."""
    splits: tuple[str, ...]
    """Splits that are pooled; all must be there."""
    columns: Mapping[str, Shape]
    """Columns that are read, each with the shape of its values."""
    files: str | None = None
    """For data that is no Hub set: where a mirror has it, `jigsaw/{split}.csv`. Every split is put
    in its place; `*` stands for any name, and all files found are read."""


@dataclass(frozen=True)
class UpstreamRow:
    """A row of an upstream data set."""

    values: Mapping[str, Any]
    """Values by column, of the shapes that the builder requested; a null text is empty."""
    source: str
    """Id of the data set."""
    source_id: str
    """Split, or file where a split is no Hub set's, and row in it, counted from 0: `train:12`.
    Where a task reads several configs of one data set, the config comes first: `a/train:12`."""
    where: str
    """File and row as an error names them."""

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


class Store(Protocol):
    """A place from which upstream data sets can be read."""

    @property
    def edition(self) -> str:
        """Kind of edition that is built from it: samples or full."""

    def has(self, upstream: Upstream) -> bool:
        """Whether anything of the data set is there."""

    def rows(self, upstream: Upstream) -> Iterator[UpstreamRow]:
        """Rows of all splits.

        Raises
        ------
        DataError
            A split is missing or a file damaged; the message names file and row.
        """

    def revision(self, upstream: Upstream) -> str:
        """What tells this state of the data set from others: a commit, or a hash of the content."""
