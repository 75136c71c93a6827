"""The tasks as other frameworks take them, without this package or beside it.

`lm_eval_yaml` writes plain YAML for lm-eval's own `tasks/` folder. `lighteval_tasks` and
`inspect_tasks` are modules that lighteval and inspect-ai load; each needs its framework installed.
"""
