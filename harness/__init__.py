"""MCEval8k as lm-eval tasks, and a command that runs and scores them.

`tasks_path()` is the folder to give to lm-eval's `--include_path`; `task_manager()` is a
`TaskManager` that knows the tasks already; `compare_runs()` compares two runs item by item. Nothing
here imports lm-eval before it is needed.
"""

from typing import TYPE_CHECKING, Any

from harness.tasks.discovery import task_manager, tasks_path

if TYPE_CHECKING:
    from harness.leaderboard.comparing import compare_runs

__all__ = ["compare_runs", "task_manager", "tasks_path"]


def __getattr__(name: str) -> Any:
    """Import what reads result files, and NumPy and Arrow with it, when it is first used."""
    if name == "compare_runs":
        from harness.leaderboard import comparing

        return comparing.compare_runs
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
