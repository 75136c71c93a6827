"""MCEval8k, the benchmark as data: what a task is, how it is loaded, how it becomes a prompt."""

from typing import TYPE_CHECKING, Any

from mceval8k.errors import DataError, MCEvalError, UsageError
from mceval8k.own_data import import_data
from mceval8k.prompts.demonstrations import demonstrations_by_language, select_demonstrations
from mceval8k.prompts.pack import Pack, load_pack
from mceval8k.registry import all_tasks, get_task, resolve
from mceval8k.task import Item, Task
from mceval8k.version import __version__

if TYPE_CHECKING:
    from mceval8k.editions import Edition, load_task, open_edition

__all__ = [
    "DataError",
    "Edition",
    "Item",
    "MCEvalError",
    "Pack",
    "Task",
    "UsageError",
    "__version__",
    "all_tasks",
    "demonstrations_by_language",
    "get_task",
    "import_data",
    "load_pack",
    "load_task",
    "open_edition",
    "resolve",
    "select_demonstrations",
]


def __getattr__(name: str) -> Any:
    """Import editions, and `datasets` with them, when they are first used."""
    if name in ("Edition", "load_task", "open_edition"):
        from mceval8k import editions

        return getattr(editions, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
