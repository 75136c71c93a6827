# Made by `mceval8k generate-tasks`.
from mceval8k.packages import import_own

MCEval8kTask = import_own("harness.tasks.lm_eval_task").MCEval8kTask
