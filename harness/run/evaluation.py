"""Evaluate a model: choose the tasks, load them and the model, let lm-eval score, count.

All that can be wrong with edition, pack and demonstrations is found before the model is loaded,
and all that can be wrong with the prompts before the first of them is scored.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from lm_eval.loggers import EvaluationTracker

from harness.metrics.generation_scores import generated_metrics, generated_score, read_replies
from harness.metrics.preferences import preferences
from harness.metrics.task_metrics import TaskMetrics, task_metrics
from harness.run import run_record
from harness.run.lm_eval_run import run_tasks
from harness.run.options import Options
from harness.samples.answers import Answers, read_answers
from harness.samples.sample import samples_of
from harness.samples.scores import Averages, TaskScore, averages, score_task
from harness.tasks.discovery import task_manager, task_name
from harness.tasks.generate import files_of_own
from harness.tasks.lm_eval_task import MCEval8kTask
from harness.tasks.rotation import rotated_name
from harness.tasks.settings import Settings
from mceval8k.console import say
from mceval8k.editions import open_edition, strongest_shortcuts
from mceval8k.editions.selection import select_tasks
from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import shots
from mceval8k.task import Task

_Logged = Sequence[Mapping[str, Any]]
"""Samples of one task as lm-eval hands them over."""
_Samples = Mapping[tuple[str, int], _Logged]
"""Samples by task and rotation."""


@dataclass(frozen=True)
class Evaluation:
    """What came out of a run."""

    options: Options
    record: Mapping[str, Any]
    """What was evaluated on what; see `harness.run.run_record`."""
    scores: tuple[TaskScore, ...]
    answers: tuple[Answers, ...]
    """Answers to each task and, where requested, to its rotations."""
    metrics: Mapping[str, TaskMetrics]
    """What else was measured, by task."""
    skipped: tuple[str, ...]
    results: dict[str, Any]
    """lm-eval's results, without the samples."""
    samples: Mapping[str, _Logged]
    """lm-eval's samples by its task names."""
    tracker: EvaluationTracker
    """lm-eval's writer of both."""
    served: int = 0
    """Responses that came from the cache."""
    shortcuts: Mapping[str, float] = field(default_factory=dict)
    """Accuracy of the strongest shortcut by task, for those that the edition's audit found."""

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
        The edition is damaged, has too few demonstrations, a prompt is too long, or a server
        stopped answering.
    """
    _check_together(options)
    settings = options.settings
    edition = open_edition(settings.edition, revision=settings.edition_revision)
    selection = select_tasks(options.tasks, edition)
    if options.rotate:
        _check_rotatable(selection.tasks)
    digest = edition.digest
    shortcuts = {name: each.accuracy for name, each in strongest_shortcuts(edition).items()}
    # Tasks open the edition themselves: at the commit that was found, should the branch move.
    settings = replace(settings, edition_revision=edition.revision)
    loaded = _load_tasks(options, settings, selection.tasks)
    counts = {name: task.config.num_fewshot for (name, _), task in loaded.items()}
    with _messages_on_stderr():
        run = run_tasks(options, list(loaded.values()))
    if run is None:
        return None
    samples = run.results.pop("samples")
    by_name = {key: samples[task.config.task] for key, task in loaded.items()}
    record = {
        **options.to_record(),
        **run.model,
        **run_record.edition_record(edition, digest),
        **run_record.version_record(),
    }
    return Evaluation(
        options=options,
        record=record,
        **(_generated if options.generate else _chosen)(selection.tasks, by_name, counts),
        skipped=selection.skipped,
        results=run.results | {"mceval8k": record},
        samples=samples,
        tracker=run.tracker,
        served=run.served,
        shortcuts=shortcuts,
    )


def _check_together(options: Options) -> None:
    if options.generate and options.rotate:
        raise UsageError("--rotate compares log-likelihoods: it does not go with --generate")
    if options.gen_kwargs and not options.generate:
        raise UsageError("--gen-kwargs settles how answers are generated: it goes with --generate")


def _load_tasks(
    options: Options, settings: Settings, tasks: Sequence[Task]
) -> dict[tuple[str, int], MCEval8kTask]:
    """lm-eval's tasks by name and rotation; says where there are fewer demonstrations."""
    loaded = {}
    for task in tasks:
        wanted = shots(options.num_fewshot, task)
        for rotation in range(task.n_options if options.rotate else 1):
            loaded[task.name, rotation] = load_task(
                settings,
                task,
                wanted,
                rotation,
                generation=options.generate,
                fewer_shots=options.fewer_shots,
            )
        if (count := loaded[task.name, 0].config.num_fewshot) < wanted:
            say(f"{task.name}: {count} demonstrations instead of {wanted}: train has no more")
    return loaded


def _check_rotatable(tasks: Sequence[Task]) -> None:
    for task in tasks:
        if len(task.option_counts) > 1:
            raise UsageError(
                f"--rotate needs items with the same number of options; those of {task.name} have "
                f"{task.option_counts[0]} to {task.n_options}"
            )


@contextlib.contextmanager
def _messages_on_stderr() -> Iterator[None]:
    """Keep stdout for the result, whatever lm-eval prints; of several processes only one prints."""
    with contextlib.ExitStack() as stack:
        place: TextIO = sys.stderr
        if int(os.environ.get("RANK", "0")):
            place = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
            stack.enter_context(contextlib.redirect_stderr(place))
        stack.enter_context(contextlib.redirect_stdout(place))
        yield


def _chosen(tasks: Sequence[Task], samples: _Samples, counts: Mapping[str, int]) -> dict[str, Any]:
    """Scores, answers and metrics where the options' log-likelihoods were compared."""
    read = {key: samples_of(logged) for key, logged in samples.items()}
    answers = tuple(read_answers(name, read[name, rotation], rotation) for name, rotation in read)
    scores = (score_task(task, read[task.name, 0], counts[task.name]) for task in tasks)
    return {
        "scores": tuple(scores),
        "answers": answers,
        "metrics": {
            task.name: task_metrics(task.name, answers, preferences(task, samples[task.name, 0]))
            for task in tasks
        },
    }


def _generated(
    tasks: Sequence[Task], samples: _Samples, counts: Mapping[str, int]
) -> dict[str, Any]:
    """Scores and metrics where the answers were generated."""
    replies = {task.name: read_replies(samples_of(samples[task.name, 0])) for task in tasks}
    scores = (generated_score(task, replies[task.name], counts[task.name]) for task in tasks)
    return {
        "scores": tuple(scores),
        "answers": (),
        "metrics": {name: generated_metrics(name, given) for name, given in replies.items()},
    }


def load_task(
    settings: Settings,
    task: Task,
    num_fewshot: int,
    rotation: int = 0,
    *,
    generation: bool = False,
    fewer_shots: bool = False,
) -> MCEval8kTask:
    """Task as lm-eval runs it, its demonstrations drawn; a rotation has a name of its own."""
    name = task_name(task, generation=generation)
    metadata = replace(settings, rotation=rotation).to_metadata()
    with files_of_own([task]) as folders:
        manager = task_manager(include_defaults=False, include_path=folders, metadata=metadata)
        loaded: MCEval8kTask = manager.load([name])["tasks"][name]
    loaded.set_config("task", rotated_name(name, rotation))
    loaded.set_config("task_alias", rotated_name(task.name, rotation))
    count = min(num_fewshot, loaded.most_demonstrations()) if fewer_shots else num_fewshot
    loaded.set_config("num_fewshot", count)
    loaded.demonstrations(count)
    return loaded
