"""MCEval8k, the benchmark as data: what a task is, how it is loaded, how it is asked."""

from mceval8k.editions import Edition, load_task, open_edition
from mceval8k.errors import DataError, MCEvalError, UsageError
from mceval8k.prompts.demonstrations import select_demonstrations
from mceval8k.prompts.pack import Pack, load_pack
from mceval8k.registry import all_tasks, get_task, resolve
from mceval8k.task import Task
from mceval8k.version import __version__

__all__ = [
    "DataError",
    "Edition",
    "MCEvalError",
    "Pack",
    "Task",
    "UsageError",
    "__version__",
    "all_tasks",
    "get_task",
    "load_pack",
    "load_task",
    "open_edition",
    "resolve",
    "select_demonstrations",
]
