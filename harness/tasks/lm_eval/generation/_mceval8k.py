# Made by `mceval8k generate-tasks`.
from mceval8k.packages import import_own

_TASKS = import_own("harness.tasks.generation_task")
GenerationTask, process_results = _TASKS.GenerationTask, _TASKS.process_results
