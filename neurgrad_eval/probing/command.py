"""The command `neurgrad probe`: experiments with progress, tables and one folder of results."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text
from transformers.utils.logging import disable_progress_bar

from mceval8k.console import messages, print_json, results, say
from mceval8k.editions import open_edition
from mceval8k.editions.selection import select_tasks
from mceval8k.errors import UsageError
from mceval8k.version import __version__
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.probing.experiment import check_neurons, run_experiment
from neurgrad_eval.probing.folder import (
    clear_run,
    finish_campaign,
    finished,
    name_runs,
    open_campaign,
)
from neurgrad_eval.probing.listening import Listener
from neurgrad_eval.probing.plan import Plan, make_plan
from neurgrad_eval.probing.report import tables
from neurgrad_eval.probing.settings import ProbeSettings
from neurgrad_eval.probing.streaming import describe
from neurgrad_eval.probing.writing import write_outcome


@dataclass(frozen=True)
class EditionChoice:
    """Which data is asked."""

    path_or_id: str
    revision: str | None


@dataclass(frozen=True)
class ModelChoice:
    """Which model is asked, and how it is loaded."""

    path_or_id: str
    revision: str | None
    dtype: str
    device: str


@dataclass(frozen=True)
class Target:
    """Where results go."""

    out: Path
    overwrite: bool
    """Whether runs that are there are replaced."""
    as_json: bool


def probe(
    asked: ProbeSettings,
    data: EditionChoice,
    models: Sequence[ModelChoice],
    target: Target,
) -> None:
    """Run every model on every task and write all to one folder.

    Parameters
    ----------
    asked
        Settings of each run; the task may be several or a genre, separated by commas, or `all`.
    data, models, target
        The edition, the models and the folder.
    """
    if len(models) > 1 and any(model.revision for model in models):
        raise UsageError("--revision is for one model: give folders, or run one after the other")
    edition = open_edition(data.path_or_id, revision=data.revision)
    chosen = select_tasks(asked.task, edition)
    if chosen.skipped:
        say(f"not in the edition, so skipped: {', '.join(chosen.skipped)}")
    tasks = [task.name for task in chosen.tasks]
    runs = name_runs(tasks, [model.path_or_id for model in models])
    # mistakes show before hours pass
    plans = [make_plan(replace(asked, task=name), edition) for name in tasks]
    found: list[dict[str, Any]] = []
    for number, choice in enumerate(models):
        own = runs[number * len(plans) : (number + 1) * len(plans)]
        model = load(choice)
        for plan in plans:
            check_neurons(plan, sum(model.widths))
        open_campaign(target.out, runs)
        for run, plan in zip(own, plans, strict=True):
            say(f"run {len(found) + 1} of {len(runs)}: {run.folder}")
            result = _run(plan, model, choice, target.out / run.folder, target.overwrite)
            for warning in result["warnings"]:
                messages.print(Text(f"warning: {plan.task.name}: {warning}", style="yellow"))
            if not target.as_json:
                for table in tables(result):
                    results().print(table)
            found.append(result)
        del model
        if number + 1 < len(models):
            gc.collect()  # two models need not be in memory at once
    finish_campaign(target.out)
    if target.as_json:
        print_json({"runs": found})
    say(f"written to {target.out}")


def load(choice: ModelChoice) -> NeuronModel:
    """Load a model."""
    say(f"loading {choice.path_or_id}")
    disable_progress_bar()
    return NeuronModel.from_pretrained(
        choice.path_or_id, dtype=choice.dtype, device=choice.device, revision=choice.revision
    )


def _run(
    plan: Plan, model: NeuronModel, choice: ModelChoice, folder: Path, overwrite: bool
) -> dict[str, Any]:
    """Result of one task and model: the one that is there, or a new one."""
    if overwrite:
        clear_run(folder)
    key = _key(plan, describe(plan, model, choice.dtype).digest())
    if (known := finished(folder, key)) is not None:
        say(f"{plan.task.name}: the result in {folder} is used again")
        return known
    with progress(len(plan.prompts)) as listener:
        outcome = run_experiment(plan, model, dtype=choice.dtype, stored=folder, listener=listener)
    write_outcome(outcome, folder, key)
    spent = ", ".join(f"{name} {value:.1f} s" for name, value in outcome.seconds.items())
    say(f"{plan.task.name}: {spent}")
    return outcome.result.to_dict()


def _key(plan: Plan, provenance: str) -> str:
    content = [__version__, provenance, asdict(plan.settings)]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@contextmanager
def progress(total: int) -> Iterator[Listener]:
    """Show a bar over prompts on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=messages, transient=True) as bars:
        bar = bars.add_task("", total=total)

        def on_stage(stage: str) -> None:
            bars.update(bar, description=escape(stage))
            bars.console.print(Text(stage), soft_wrap=True)

        yield Listener(on_stage, lambda done: bars.advance(bar, done))
