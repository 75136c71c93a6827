"""The command `neurgrad probe`: an experiment with progress, a table and files."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text
from transformers.utils.logging import disable_progress_bar

from mceval8k.editions import open_edition
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.probing.experiment import Listener, Outcome, run_experiment
from neurgrad_eval.probing.plan import Plan, make_plan
from neurgrad_eval.probing.report import table
from neurgrad_eval.probing.settings import ProbeSettings
from neurgrad_eval.probing.writing import check_target, write_outcome


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


def probe(
    settings: ProbeSettings,
    data: EditionChoice,
    choice: ModelChoice,
    *,
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Run an experiment and write it to `out`; the result goes to standard output."""
    check_target(out)
    screen = Console(stderr=True)
    plan = make_plan(settings, open_edition(data.path_or_id, revision=data.revision))
    outcome = _run(plan, choice, None if overwrite else out, screen)
    write_outcome(outcome, out)
    for warning in outcome.result.warnings:
        screen.print(Text(f"warning: {warning}", style="yellow"))
    if as_json:
        json.dump(outcome.result.to_dict(), sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        Console().print(table(outcome.result))
    spent = ", ".join(f"{name} {value:.1f} s" for name, value in outcome.seconds.items())
    screen.print(Text(f"written to {out} ({spent})"), soft_wrap=True)


def _run(plan: Plan, choice: ModelChoice, stored: Path | None, screen: Console) -> Outcome:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=screen, transient=True) as progress:
        bar = progress.add_task("", total=len(plan.prompts))

        def on_stage(stage: str) -> None:
            progress.update(bar, description=escape(stage))
            progress.console.print(Text(stage), soft_wrap=True)

        on_stage(f"loading {choice.path_or_id}")
        disable_progress_bar()
        model = NeuronModel.from_pretrained(
            choice.path_or_id,
            dtype=choice.dtype,
            device=choice.device,
            revision=choice.revision,
        )
        listener = Listener(on_stage, lambda done: progress.advance(bar, done))
        return run_experiment(plan, model, dtype=choice.dtype, stored=stored, listener=listener)
