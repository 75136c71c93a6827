"""One way to open an edition, whatever its layout.

Nothing here goes through the cache of `datasets`: its key holds a folder's name and not its
content, so that a rebuilt folder would come back stale. Files are read as they are, and those of
our own layout are compared with the hashes in their manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mceval8k.errors import UsageError
from mceval8k.registry import get_task
from mceval8k.task import Task

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

SPLITS = ("train", "validation", "test")


class Layout(Protocol):
    """How the files of an edition are found and read."""

    name: str

    @property
    def kind(self) -> str:
        """Kind of edition: released, samples, full, clean, or the name of somebody's own."""

    @property
    def own_tasks(self) -> tuple[Task, ...]:
        """Records of tasks that are not the benchmark's."""

    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks that are there."""

    def read(self, task: Task) -> Mapping[str, Dataset]:
        """Splits of a task, in our columns."""

    def digest(self) -> str:
        """SHA-256 of the edition's content."""


@dataclass(frozen=True)
class Edition:
    """An edition that has been opened."""

    name: str
    """What the user called it: a path or a Hub id."""
    path: Path
    """Where its files lie."""
    layout: Layout = field(repr=False)
    revision: str | None = None
    """Commit of the Hub repository, for an edition from the Hub."""

    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) that changes with any of the edition's content."""
        return self.layout.digest()

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the edition's tasks, in the registry's order, its own ones last."""
        return self.layout.tasks()

    @property
    def own_tasks(self) -> tuple[Task, ...]:
        """Tasks that are not the benchmark's, whose records the edition brings along."""
        return self.layout.own_tasks

    def task(self, name: str) -> Task:
        """Record of a task: the benchmark's, or one that the edition brings along.

        Raises
        ------
        UsageError
            There is no such task.
        """
        return get_task(name, self.own_tasks)

    def load(self, name: str) -> DatasetDict:
        """Splits train, validation and test of a task; see `load_task`."""
        task = self.task(name)
        if name not in self.tasks:
            there = ", ".join(self.tasks) or "none"
            raise UsageError(f"edition {self.name} has no task {name!r}; it has: {there}")
        from datasets import DatasetDict

        splits = self.layout.read(task)
        return DatasetDict({split: splits[split] for split in SPLITS})


def open_edition(edition: str | Path, *, revision: str | None = None) -> Edition:
    """Open an edition.

    Parameters
    ----------
    edition
        A directory in our layout, a directory in the released layout, or a Hub id (`owner/name`).
    revision
        Branch, tag or commit of a Hub id.

    Raises
    ------
    UsageError
        It is none of these.
    """
    from mceval8k.editions.hub import looks_like_hub_id, snapshot

    path = Path(edition)
    commit = None
    if not path.is_dir():
        if not looks_like_hub_id(str(edition)):
            raise UsageError(f"edition {edition}: no such directory, nor a Hub id (owner/name)")
        path, commit = snapshot(str(edition), revision)
    elif revision is not None:
        raise UsageError(f"edition {edition} is a directory: --edition-revision is for Hub ids")
    # Arrow and `datasets` take longest to import: a mistake shows before.
    from mceval8k.editions.native import NativeLayout
    from mceval8k.editions.released import ReleasedLayout

    layouts: tuple[type[NativeLayout] | type[ReleasedLayout], ...] = (NativeLayout, ReleasedLayout)
    for layout in layouts:
        if layout.recognises(path):
            return Edition(str(edition), path, layout(path), commit)
    raise UsageError(
        f"edition {edition}: neither our layout (manifest.json is missing) nor the released one "
        "(no <genre>/<task>/{train,valid,test}.parquet or .json)"
    )


def load_task(name: str, edition: str | Path, *, revision: str | None = None) -> DatasetDict:
    """Load a task of an edition.

    Parameters
    ----------
    name
        Task of the benchmark, for example `agnews`, or one that the edition brings along.
    edition
        A directory in our layout, a directory in the released layout (read as it is, its columns
        mapped to ours), or a Hub id.
    revision
        Branch, tag or commit of a Hub id.

    Returns
    -------
    DatasetDict
        Splits `train`, `validation` and `test`, with the features `mceval8k.item.features`. A
        split that a released edition lacks is empty.

    Raises
    ------
    UsageError
        There is no such task or edition, or the edition has not got the task.
    DataError
        A file is damaged, lacks a column, or holds a row that is no item.
    """
    return open_edition(edition, revision=revision).load(name)
