"""What a push would change in a repository: files that are new, changed, the same, or deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from huggingface_hub.hf_api import RepoFile

from mceval8k.editions import SPLITS
from mceval8k.editions.manifest import MANIFEST, read_manifest
from mceval8k.hub import is_same
from mceval8k.registry import all_tasks

Kind = Literal["new", "changed", "same", "deleted"]

_TASK, _SPLIT = "|".join(map(re.escape, all_tasks())), "|".join(SPLITS)
_OURS = re.compile(rf"(?:{_TASK})/(?:{_SPLIT})-\d{{5}}-of-\d{{5}}\.parquet")
_READ_BY_ALL = re.compile(rf"[^/]+/(?:{_SPLIT})-00000-of-00001\.parquet")


@dataclass(frozen=True)
class Change:
    """What happens to a file."""

    path: str
    """Path in the repository."""
    kind: Kind
    """What happens to it."""
    size: int
    """Bytes: of the new content, or of what is deleted."""


def edition_files(folder: Path) -> tuple[str, ...]:
    """Return what an edition consists of: the manifest and the files that it names."""
    return tuple(sorted((*read_manifest(folder).files, MANIFEST)))


def changes(folder: Path, remote: Iterable[RepoFile]) -> tuple[Change, ...]:
    """Compare an edition with a repository.

    Deleted are parquet files of ours that the edition has no more; whatever else is in the
    repository stays as it is.
    """
    held = {file.path: file for file in remote}
    files = edition_files(folder)
    found = [_compare(folder, name, held) for name in files]
    stale = [path for path in held if path not in files and _OURS.fullmatch(path)]
    found += [Change(path, "deleted", held[path].size) for path in stale]
    return tuple(sorted(found, key=lambda change: change.path))


def intruder(folder: Path, remote: Iterable[RepoFile]) -> str | None:
    """Return somebody else's file that the config `all` would read, if there is one."""
    files = edition_files(folder)
    paths = (file.path for file in remote if _READ_BY_ALL.fullmatch(file.path))
    return next((path for path in paths if path not in files and not _OURS.fullmatch(path)), None)


def _compare(folder: Path, name: str, held: Mapping[str, RepoFile]) -> Change:
    path = folder / name
    size = path.stat().st_size
    if name not in held:
        return Change(name, "new", size)
    return Change(name, "same" if is_same(path.read_bytes(), held[name]) else "changed", size)
