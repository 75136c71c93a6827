from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness import task_manager, tasks_path
from harness.tasks.discovery import group_name, task_name
from harness.tasks.generate import check_task_files, task_files, write_task_files
from mceval8k.errors import DataError
from mceval8k.registry import all_tasks
from mceval8k.task import GENRES

TASKS = tuple(all_tasks().values())
BOTH = (False, True)


def test_committed_files_are_what_the_registry_says() -> None:
    check_task_files(tasks_path(), TASKS)


def test_lm_eval_finds_every_task_and_group_and_nothing_else() -> None:
    manager = task_manager(include_defaults=False)
    names = {task_name(task, generation=generation) for task in TASKS for generation in BOTH}
    groups = {group_name(genre, generation=generation) for genre in GENRES for generation in BOTH}
    assert set(manager.all_subtasks) == names
    assert set(manager.all_groups) == {"mceval8k", "mceval8k_gen", *groups}
    assert manager.all_tags == []


@pytest.mark.parametrize("generation", BOTH)
def test_groups_hold_every_task_of_their_kind_once(generation) -> None:
    files = task_files(TASKS)
    folder = "generation/" if generation else ""
    genres = [genre.replace("-", "_") for genre in GENRES]
    groups = [yaml.safe_load(files[f"{folder}{genre}/_{genre}.yaml"]) for genre in genres]
    members = [member for group in groups for member in group["task"]]
    assert sorted(members) == sorted(task_name(task, generation=generation) for task in TASKS)
    whole = yaml.safe_load(files[f"{folder}mceval8k.yaml"])
    assert whole["task"] == [group["group"] for group in groups]


def test_kinds_ask_the_same_items_and_differ_in_how_they_are_scored() -> None:
    files = task_files(TASKS)
    likelihood, generation = (
        {line for line in files[f"{folder}_mceval8k.yaml"].split("\n") if not line.startswith("#")}
        for folder in ("", "generation/")
    )
    asked = ("training_split", "test_split", "fewshot_split", "description", "doc_to_")
    assert {line for line in likelihood ^ generation if line.startswith(asked)} == set()
    assert "output_type: generate_until" in generation
    assert "  - metric: unreadable" in generation - likelihood


def test_further_folders_reach_lm_eval(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("group: own\ntask: [mceval8k_paws]\n", encoding="utf-8")
    manager = task_manager(include_defaults=False, include_path=str(tmp_path))
    assert {"own", "mceval8k_paws"} <= set(manager.all_tasks)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda folder: (folder / "nli/paws.yaml").unlink(), "paws.yaml is missing"),
        (lambda folder: (folder / "nli/old.yaml").write_text("task: old\n"), "belongs to no task"),
        (lambda folder: (folder / "mceval8k.yaml").write_text("a: b\n"), "is not what"),
    ],
)
def test_check_names_a_stale_file_and_generating_repairs_it(tmp_path, spoil, complaint) -> None:
    write_task_files(tmp_path, TASKS)
    check_task_files(tmp_path, TASKS)
    spoil(tmp_path)
    with pytest.raises(DataError, match=complaint):
        check_task_files(tmp_path, TASKS)
    write_task_files(tmp_path, TASKS)
    check_task_files(tmp_path, TASKS)
