"""The files of the lm-eval tasks, made from the registry.

One template says how an item is asked and scored; a file per task names it; a group per genre and
one for the whole benchmark hold the tasks together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from harness.discovery import PREFIX, group_name, task_name
from harness.prompt_columns import BLOCK, INSTRUCTION, SYMBOLS
from mceval8k.errors import DataError
from mceval8k.files import write_text
from mceval8k.task import GENRES, Task

MADE = "# Made by `mceval8k generate-tasks`.\n"
# Without a task's name lm-eval cannot take the template for a task.
TEMPLATE = f"_{PREFIX}.yaml"
TASK_VERSION = 1

_TEMPLATE_TEXT = f"""{MADE}# How every item is asked and scored. The prompt's columns are filled by
# the prompt pack (harness/prompt_columns.py); num_fewshot is left to lm-eval's flag.
class: !function harness.lm_eval_task.MCEval8kTask
training_split: train
test_split: test
fewshot_split: train
output_type: multiple_choice
description: {INSTRUCTION}
doc_to_text: {BLOCK}
doc_to_choice: {SYMBOLS}
doc_to_target: label
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
metadata:
  version: {TASK_VERSION}
"""


def task_files(tasks: Collection[Task]) -> Mapping[str, str]:
    """Text of every file by its path in the folder of the tasks."""
    files = {TEMPLATE: _TEMPLATE_TEXT}
    genres = [genre for genre in GENRES if any(task.genre == genre for task in tasks)]
    for genre in genres:
        members = [task for task in tasks if task.genre == genre]
        folder = genre.replace("-", "_")
        names = [task_name(task) for task in members]
        files[f"{folder}/_{folder}.yaml"] = _group(
            group_name(genre), genre, names, "mean over the genre's tasks", by_size=False
        )
        for task in members:
            files[f"{folder}/{task.module_name}.yaml"] = _task(task)
    everything = [group_name(genre) for genre in genres]
    files[f"{PREFIX}.yaml"] = _group(
        PREFIX, PREFIX, everything, "mean over all items (micro)", by_size=True
    )
    return files


def write_task_files(folder: Path, tasks: Collection[Task]) -> None:
    """Write the files and remove those of tasks that are no more."""
    files = task_files(tasks)
    for name, text in files.items():
        write_text(folder / name, text)
    for path in folder.rglob("*.yaml"):
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()


def check_task_files(folder: Path, tasks: Collection[Task]) -> None:
    """Compare the files with what the registry says.

    Raises
    ------
    DataError
        A file is missing, differs, or is too many; the message names the first.
    """
    files = task_files(tasks)
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.yaml")}
    for name in sorted({*files, *there}):
        if name not in there:
            raise _stale(folder / name, "is missing")
        if name not in files:
            raise _stale(folder / name, "belongs to no task")
        if there[name].read_text(encoding="utf-8") != files[name]:
            raise _stale(folder / name, "is not what the registry says")


def _stale(path: Path, what: str) -> DataError:
    return DataError(f"{path} {what}: run `mceval8k generate-tasks`")


def _task(task: Task) -> str:
    return (
        f"{MADE}include: ../{TEMPLATE}\n"
        f"task: {task_name(task)}\n"
        f"task_alias: {task.name}\n"
        f"dataset_name: {task.name}\n"
    )


def _group(name: str, alias: str, members: list[str], meaning: str, *, by_size: bool) -> str:
    listed = "".join(f"  - {member}\n" for member in members)
    return (
        f"{MADE}group: {name}\n"
        f"group_alias: {alias}\n"
        f"task:\n{listed}"
        f"# {meaning[0].upper()}{meaning[1:]}.\n"
        "aggregate_metric_list:\n"
        "  - metric: acc\n"
        "    aggregation: mean\n"
        f"    weight_by_size: {str(by_size).lower()}\n"
        f"metadata:\n  version: {TASK_VERSION}\n"
    )
