"""Where lm-eval finds the tasks, and what they are called there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mceval8k.task import Task

if TYPE_CHECKING:
    from lm_eval.tasks import TaskManager

PREFIX = "mceval8k"
GENERATION = "_gen"
"""End of the names of tasks whose answer is generated."""


def tasks_path() -> Path:
    """Folder of the task files, for lm-eval's `--include_path`."""
    return Path(__file__).parent / "lm_eval"


def task_manager(**kwargs: Any) -> TaskManager:
    """lm-eval's task manager with the tasks of MCEval8k beside all others.

    Parameters
    ----------
    **kwargs
        Arguments of `lm_eval.tasks.TaskManager`. `metadata` may choose the edition
        (see `harness.tasks.settings`); `include_path` adds further folders;
        `include_defaults=False` leaves lm-eval's own tasks out, which is quicker.
    """
    from lm_eval.tasks import TaskManager

    further = kwargs.pop("include_path", None) or []
    paths = further if isinstance(further, (list, tuple)) else [further]
    return TaskManager(include_path=[tasks_path(), *paths], **kwargs)


def task_name(task: Task, *, generation: bool = False) -> str:
    """Name of a task in lm-eval; `generation` for the variant whose answer is generated."""
    return f"{PREFIX}_{task.module_name}{GENERATION if generation else ''}"


def group_name(genre: str, *, generation: bool = False) -> str:
    """Name of a genre's group in lm-eval."""
    return f"{PREFIX}_{genre.replace('-', '_')}{GENERATION if generation else ''}"
