"""What `mceval8k tasks --export` does."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from harness.tasks.export.lm_eval_yaml import Dataset, write_export
from mceval8k.editions.hub import looks_like_hub_id
from mceval8k.editions.published import PUBLISHED
from mceval8k.errors import UsageError
from mceval8k.prompts.pack import load_pack
from mceval8k.task import Task


def export_tasks(
    folder: Path, tasks: Collection[Task], *, pack: str, dataset: str | None, revision: str | None
) -> None:
    """Write plain YAML tasks for lm-eval.

    Parameters
    ----------
    folder
        What is written: new, empty, or an earlier export.
    tasks
        Tasks to export.
    pack
        Name or file of the prompt pack.
    dataset, revision
        Hub id (or folder) of the edition that the tasks read, and its revision.

    Raises
    ------
    UsageError
        No data set is named, or what is none, or the folder holds something else.
    """
    path = dataset or PUBLISHED
    if path is None:
        raise UsageError("--export needs --dataset: the Hub id of the edition that the tasks read")
    if not looks_like_hub_id(path) and not Path(path).is_dir():
        raise UsageError(f"--dataset {path}: neither a Hub id (owner/name) nor a folder")
    write_export(folder, tasks, load_pack(pack), Dataset(path, revision))
