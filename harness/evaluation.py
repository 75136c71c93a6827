"""Evaluate a model: choose the tasks, load them and the model, let lm-eval score, count.

All that can be wrong with edition, pack and demonstrations is found before the model is loaded,
and all that can be wrong with the prompts before the first of them is scored.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from lm_eval import simple_evaluate
from lm_eval.api.registry import get_model
from lm_eval.loggers import EvaluationTracker
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

from harness.discovery import task_manager, task_name
from harness.lm_eval_task import MCEval8kTask
from harness.request_checks import request_checker
from harness.scores import Averages, Sample, TaskScore, averages, score_task
from harness.selection import select_tasks
from harness.settings import Settings
from mceval8k.editions import Edition, open_edition
from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import shots
from mceval8k.task import Task


@dataclass(frozen=True)
class Options:
    """What to evaluate, on what, and how."""

    model: str
    """lm-eval's name of the kind of model, for example `hf`."""
    model_args: str
    """lm-eval's arguments of the model, for example `pretrained=gpt2`."""
    settings: Settings
    """Edition, pack and seed."""
    tasks: str = "all"
    """Comma-separated tasks, genres or `all`."""
    num_fewshot: str = "0"
    """Demonstrations before each item: a number, or `balanced` for one per option."""
    limit: int | None = None
    """Ask only so many items of each task, a fixed random sample."""
    batch_size: str = "1"
    """A number, or `auto`."""
    device: str | None = None
    """Device of an `hf` model; None is CUDA where there is one, else the CPU."""


@dataclass(frozen=True)
class Evaluation:
    """What came out of a run."""

    options: Options
    edition: Edition
    edition_digest: str
    """SHA-256 of the edition as it was when it was read."""
    scores: tuple[TaskScore, ...]
    skipped: tuple[str, ...]
    results: dict[str, Any]
    """lm-eval's results, without the samples."""
    samples: Mapping[str, Sequence[Sample]]
    """lm-eval's samples by its task names."""
    tracker: EvaluationTracker
    """lm-eval's writer of both."""

    @property
    def averages(self) -> Averages:
        """Both averages over the tasks."""
        return averages(self.scores)


def evaluate(options: Options) -> Evaluation | None:
    """Evaluate a model.

    Returns
    -------
    Evaluation or None
        None in all but the first of several processes.

    Raises
    ------
    UsageError
        Model, edition, pack or tasks cannot be had, or an answer symbol is not one token.
    DataError
        The edition is damaged, has too few demonstrations, or a prompt is too long.
    """
    settings = options.settings
    edition = open_edition(settings.edition, revision=settings.edition_revision)
    selection = select_tasks(options.tasks, edition)
    counts = {task.name: shots(options.num_fewshot, task) for task in selection.tasks}
    # Tasks open the edition themselves: at the commit that was found, should the branch move.
    manager = task_manager(
        include_defaults=False,
        metadata=replace(settings, edition_revision=edition.revision).to_metadata(),
    )
    digest = edition.digest
    loaded = [load_task(manager, task, counts[task.name]) for task in selection.tasks]
    tracker = EvaluationTracker()
    # lm-eval prints some of its messages; stdout is for the result.
    with contextlib.redirect_stdout(sys.stderr):
        results = _run(options, manager, loaded, tracker)
    if results is None:
        return None
    samples = results.pop("samples")
    scores = tuple(
        score_task(task, samples[task_name(task)], counts[task.name]) for task in selection.tasks
    )
    return Evaluation(
        options, edition, digest, scores, selection.skipped, results, samples, tracker
    )


def load_task(manager: TaskManager, task: Task, num_fewshot: int) -> MCEval8kTask:
    """Task as lm-eval runs it, its demonstrations drawn."""
    name = task_name(task)
    loaded: MCEval8kTask = manager.load([name])["tasks"][name]
    loaded.set_config("num_fewshot", num_fewshot)
    loaded.demonstrations(num_fewshot)
    return loaded


def load_model(options: Options) -> Any:
    """lm-eval's model.

    Raises
    ------
    UsageError
        There is no such kind of model, or it cannot be loaded with these arguments.
    """
    device = options.device
    try:
        kind = get_model(options.model)
        if device is None and issubclass(kind, HFLM):
            device = "cuda" if torch.cuda.is_available() else "cpu"
        further = {"batch_size": options.batch_size, "device": device}
        return kind.create_from_arg_string(options.model_args, further)
    except (OSError, ValueError, TypeError, KeyError, ImportError, RuntimeError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UsageError(f"model {options.model} ({options.model_args}): {reason}") from error


def _run(
    options: Options,
    manager: TaskManager,
    tasks: Sequence[MCEval8kTask],
    tracker: EvaluationTracker,
) -> dict[str, Any] | None:
    lm = load_model(options)
    checker = request_checker(lm)
    for task in tasks:
        task.check_requests = checker
    results: dict[str, Any] | None = simple_evaluate(
        model=lm,
        model_args=options.model_args,
        tasks=list(tasks),
        batch_size=options.batch_size,
        device=options.device,
        limit=options.limit,
        task_manager=manager,
        evaluation_tracker=tracker,
    )
    if results is not None:
        # lm-eval knows the model's name only when it loads the model itself.
        results["config"]["model"] = options.model
        tracker.general_config_tracker.model_source = options.model
    return results
