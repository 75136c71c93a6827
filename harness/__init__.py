"""MCEval8k as lm-eval tasks, and a command that runs and scores them.

`tasks_path()` is the folder to give to lm-eval's `--include_path`; `task_manager()` is a
`TaskManager` that knows the tasks already. Nothing here imports lm-eval before it is needed.
"""

from harness.tasks.discovery import task_manager, tasks_path

__all__ = ["task_manager", "tasks_path"]
