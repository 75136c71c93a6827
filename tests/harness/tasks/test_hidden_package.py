"""lm-eval finds our task class whatever the user's own files are called."""

from __future__ import annotations

import os
import subprocess
import sys

from harness import tasks_path

LOAD = f"""
from lm_eval.tasks import TaskManager
manager = TaskManager(include_path=[{str(tasks_path())!r}], include_defaults=False)
tasks = manager.load(["mceval8k_agnews", "mceval8k_agnews_gen"])["tasks"]
print(sorted(type(task).__module__ for task in tasks.values()))
print([task.fewshot_docs() is not None for task in tasks.values()])
"""


def test_a_file_called_harness_does_not_hide_the_task_class(edition, tmp_path) -> None:
    for name in ("harness.py", "builders/__init__.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("raise RuntimeError('a file of the user was imported')\n")
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=tmp_path,
        env=os.environ | {"MCEVAL8K_EDITION": str(edition)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules = ["harness.tasks.generation_task", "harness.tasks.lm_eval_task"]
    assert done.stdout.splitlines() == [str(modules), "[True, True]"]
