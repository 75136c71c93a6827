"""Which prompts neurons are ranked on: training items of a task, balanced over its labels."""

from __future__ import annotations

from dataclasses import replace

from mceval8k.editions import Edition
from mceval8k.registry import get_task
from neurgrad_eval.probing.plan import Plan, write_plan
from neurgrad_eval.probing.sampling import draw_training
from neurgrad_eval.probing.settings import ProbeSettings


def make_rank_plan(settings: ProbeSettings, edition: Edition, size: int | None) -> Plan:
    """Draw the training items of a ranking and write their prompts.

    Parameters
    ----------
    settings
        Task, pack, demonstrations, gradients and seed.
    edition
        Where the items are.
    size
        Number of prompts; None for all that share no group with the demonstrations.

    Raises
    ------
    UsageError
        There is no such task or pack, or the edition has not got the task.
    DataError
        The edition has too few items, or a file is damaged.
    """
    task = get_task(settings.task)
    pool = edition.load(task.name)["train"].to_list()
    sample = draw_training(pool, task, settings, size)
    return write_plan(replace(settings, train_size=len(sample.train)), edition, sample)
