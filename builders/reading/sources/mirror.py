"""A mirror: a directory with a file per upstream split, `<hub id>/<config>/<split>.parquet`.

JSON lines (`.jsonl`) and CSV (`.csv`) are read too. A data set without configs uses `default`. Data
that is no Hub set lies where its builder says (`Upstream.files`): `jigsaw/train.csv`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from builders.reading.files import READERS, read_rows
from builders.reading.sources import Kind
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.files import sha256


@dataclass(frozen=True)
class Mirror:
    """Reads upstream data sets from a directory."""

    path: Path
    """The directory."""
    edition: str = "full"
    """Kind of edition that is built from it."""

    def has(self, upstream: Upstream) -> bool:
        """Whether anything of the data set is there."""
        if upstream.files is not None:
            return any(self._found(upstream.files, split) for split in upstream.splits)
        return self._folder(upstream).is_dir()

    def rows(self, upstream: Upstream) -> Iterator[UpstreamRow]:
        """Rows of all splits, in the order of the files; see `Store.rows`."""
        for name, path in self._files(upstream):
            for number, place, values in read_rows(path, upstream.columns):
                yield UpstreamRow(
                    values, upstream.source.id, f"{name}:{number}", f"{path}: {place}"
                )

    def revision(self, upstream: Upstream) -> str:
        """Hash over the files' names and bytes."""
        lines = [f"{name} {sha256(path)}\n" for name, path in self._files(upstream)]
        return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()

    def _files(self, upstream: Upstream) -> Iterator[tuple[str, Path]]:
        """Name and path of each file."""
        for split in upstream.splits:
            if upstream.files is None:
                yield split, self._hub_file(self._folder(upstream) / split)
                continue
            found = self._found(upstream.files, split)
            if not found:
                raise DataError(f"{self.path / upstream.files.format(split=split)}: no such file")
            for path in found:
                yield path.name.partition(".")[0], path

    def _found(self, files: str, split: str) -> list[Path]:
        return sorted(path for path in self.path.glob(files.format(split=split)) if path.is_file())

    def _folder(self, upstream: Upstream) -> Path:
        return self.path / upstream.source.id / (upstream.source.config or "default")

    def _hub_file(self, expected: Path) -> Path:
        for suffix in READERS:
            path = expected.with_name(expected.name + suffix)
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
