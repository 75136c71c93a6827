"""A mirror: a directory with a file per upstream split, `<hub id>/<config>/<split>.parquet`.

JSON lines (`.jsonl`) and CSV (`.csv`) are read too. A data set without configs uses `default`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from builders.reading import READERS, read_rows
from builders.sources import Kind
from builders.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.files import sha256


@dataclass(frozen=True)
class Mirror:
    """Reads upstream data sets from a directory."""

    path: Path
    """The directory."""
    edition: str = "full"
    """Kind of edition that is built from it."""

    def folder(self, upstream: Upstream) -> Path:
        """Where the files of a data set lie."""
        return self.path / upstream.source.id / (upstream.source.config or "default")

    def has(self, upstream: Upstream) -> bool:
        """Whether the data set's folder is there."""
        return self.folder(upstream).is_dir()

    def rows(self, upstream: Upstream) -> Iterator[UpstreamRow]:
        """Rows of all splits, in the order of the files; see `Store.rows`."""
        for split in upstream.splits:
            path = self._file(upstream, split)
            for number, place, values in read_rows(path, upstream.columns):
                yield UpstreamRow(
                    values, upstream.source.id, f"{split}:{number}", f"{path}: {place}"
                )

    def revision(self, upstream: Upstream) -> str:
        """Hash over the splits' names and bytes."""
        lines = [f"{split} {sha256(self._file(upstream, split))}\n" for split in upstream.splits]
        return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()

    def _file(self, upstream: Upstream, split: str) -> Path:
        expected = self.folder(upstream) / split
        for suffix in READERS:
            path = expected.with_name(split + suffix)
            if path.is_file():
                return path
        first, *others = READERS
        raise DataError(f"{expected}{first}: no such file (nor {', '.join(others)})")


KIND = Kind(
    name="a mirror directory",
    accepts=lambda text: Path(text).is_dir(),
    open=lambda text: Mirror(Path(text)),
    order=1,
)
