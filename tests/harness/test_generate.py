from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness import task_manager, tasks_path
from harness.discovery import group_name, task_name
from harness.generate import check_task_files, task_files, write_task_files
from mceval8k.errors import DataError
from mceval8k.registry import all_tasks
from mceval8k.task import GENRES

TASKS = tuple(all_tasks().values())


def test_committed_files_are_what_the_registry_says() -> None:
    check_task_files(tasks_path(), TASKS)


def test_lm_eval_finds_every_task_and_group_and_nothing_else() -> None:
    manager = task_manager(include_defaults=False)
    assert set(manager.all_subtasks) == {task_name(task) for task in TASKS}
    assert set(manager.all_groups) == {"mceval8k", *map(group_name, GENRES)}
    assert manager.all_tags == []


def test_groups_hold_every_task_once() -> None:
    files = {name: text for name, text in task_files(TASKS).items() if "/_" in name}
    members = [member for text in files.values() for member in yaml.safe_load(text)["task"]]
    assert sorted(members) == sorted(task_name(task) for task in TASKS)


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
