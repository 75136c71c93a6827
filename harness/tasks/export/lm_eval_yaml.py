"""Plain YAML tasks, fit for lm-eval's own `tasks/` folder: no class, no code, no package of ours.

A task per language; demonstrations are the first rows of train in that language, which is ordered
in blocks that hold every label once. Prompts are those of `harness.tasks.lm_eval_task` with
`demonstration_seed` -1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.tasks.discovery import PREFIX, group_name, task_name
from harness.tasks.export.jinja import description, doc_to_choice, doc_to_text
from harness.tasks.export.readme import readme
from harness.tasks.generate import TASK_VERSION
from mceval8k.errors import UsageError
from mceval8k.files import write_text
from mceval8k.folders import writing_folder
from mceval8k.prompts.pack import Pack
from mceval8k.task import GENRES, Task

README = "README.md"
TEMPLATE = "_mceval8k_template_yaml"
"""Without the ending .yaml, so that lm-eval does not take it for a task."""


@dataclass(frozen=True)
class Dataset:
    """Where the exported tasks find their data."""

    path: str
    """Hub id, or a folder."""
    revision: str | None = None
    """Branch, tag or commit of a Hub id."""


def write_export(folder: Path, tasks: Collection[Task], pack: Pack, dataset: Dataset) -> None:
    """Write a new or empty folder in one step.

    Raises
    ------
    UsageError
        The folder is not empty.
    """
    with writing_folder(folder, replaceable=None) as temporary:
        for name, text in export_files(tasks, pack, dataset).items():
            write_text(temporary / name, text)


def export_files(tasks: Collection[Task], pack: Pack, dataset: Dataset) -> Mapping[str, str]:
    """Text of every file by its name."""
    covered = [task for task in tasks if not pack.only or task.name in pack.only]
    if not covered:
        raise UsageError(f"pack {pack.name} is for none of the tasks")
    files = {TEMPLATE: _dump(_template(pack, dataset)), README: readme(covered, pack, dataset.path)}
    for task in covered:
        for name, content in _of_task(task, pack, dataset):
            files[f"{name}.yaml"] = _dump(content)
    for name, content in _groups(covered):
        files[f"_{name}.yaml"] = _dump(content)
    return files


def leaves(task: Task) -> dict[str, str | None]:
    """Names of a task's lm-eval tasks, each with the language of its items; None for all."""
    name = task_name(task)
    if len(task.languages) == 1 or task.prompt_language is not None:
        return {name: None}
    return {f"{name}_{lang}": lang for lang in task.languages}


def _template(pack: Pack, dataset: Dataset) -> dict[str, Any]:
    return {
        "dataset_path": dataset.path,
        "training_split": "train",
        "validation_split": "validation",
        "test_split": "test",
        "fewshot_split": "train",
        "fewshot_config": {"sampler": "first_n"},
        "output_type": "multiple_choice",
        "doc_to_target": "label",
        "target_delimiter": pack.delimiter,
        "fewshot_delimiter": pack.separator,
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"version": TASK_VERSION},
    }


def _of_task(task: Task, pack: Pack, dataset: Dataset) -> Iterator[tuple[str, dict[str, Any]]]:
    found = leaves(task)
    for name, lang in found.items():
        arguments: dict[str, Any] = {}
        if dataset.revision is not None:
            arguments["revision"] = dataset.revision
        if lang is not None:
            arguments["filters"] = [["lang", "==", lang]]
        spoken = lang or task.languages[0]
        yield (
            name,
            {
                "include": TEMPLATE,
                "task": name,
                "dataset_name": task.name,
                **({"dataset_kwargs": arguments} if arguments else {}),
                "description": description(pack, task, spoken),
                "doc_to_text": doc_to_text(pack, task, spoken),
                "doc_to_choice": doc_to_choice(pack, task),
            },
        )
    if len(found) > 1:
        yield f"_{task_name(task)}", _group(task_name(task), list(found), by_size=True)


def _groups(tasks: Collection[Task]) -> Iterator[tuple[str, dict[str, Any]]]:
    genres = [genre for genre in GENRES if any(task.genre == genre for task in tasks)]
    for genre in genres:
        members = [task for task in tasks if task.genre == genre]
        # lm-eval averages over the tasks of groups within groups, not over the groups: where a task
        # is one per language, their mean is no mean over tasks, so none is given.
        is_flat = all(len(leaves(task)) == 1 for task in members)
        name = group_name(genre)
        yield (
            name,
            _group(name, [task_name(task) for task in members], by_size=False if is_flat else None),
        )
    yield PREFIX, _group(PREFIX, [group_name(genre) for genre in genres], by_size=True)


def _group(name: str, members: list[str], *, by_size: bool | None) -> dict[str, Any]:
    """Group whose value is the mean over items, over tasks, or none."""
    content: dict[str, Any] = {"group": name, "task": members}
    if by_size is not None:
        metric = {"metric": "acc", "aggregation": "mean", "weight_by_size": by_size}
        content["aggregate_metric_list"] = [metric]
    return content | {"metadata": {"version": TASK_VERSION}}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _dump(content: Mapping[str, Any]) -> str:
    text: str = yaml.dump(
        dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text
