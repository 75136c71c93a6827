"""The command `mceval8k import`; what computes is imported when it is run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from builders.processes import PROCESSES
from mceval8k.console import print_json, say
from mceval8k.errors import UsageError

if TYPE_CHECKING:
    from builders.own.importing import Imported


def import_command(
    quiz: Annotated[
        Path | None,
        typer.Argument(metavar="QUIZ.YAML", help="What the data is; see docs/own-data.md."),
    ] = None,
    *,
    out: Annotated[
        Path, typer.Option(help="Folder of the edition: new, empty, or an earlier one, replaced.")
    ],
    lm_eval: Annotated[
        str | None,
        typer.Option("--lm-eval", help="A multiple-choice task of lm-eval, in place of a file."),
    ] = None,
    include_path: Annotated[
        Path | None, typer.Option(help="With --lm-eval: folder of further lm-eval tasks.")
    ] = None,
    lang: Annotated[str, typer.Option(help="With --lm-eval: language of the task.")] = "en",
    instruction: Annotated[
        str | None, typer.Option(help="With --lm-eval: wording, if not the task's description.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of split and order.")] = 0,
    drop_bad: Annotated[
        bool, typer.Option("--drop-bad", help="Leave bad rows out instead of refusing them all.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything and write nothing.")
    ] = False,
    processes: Annotated[int, typer.Option(min=1, help="Processes that share the audit.")] = (
        PROCESSES
    ),
    as_json: Annotated[
        bool, typer.Option("--json", help="Machine-readable result on stdout.")
    ] = False,
) -> None:
    """Make an edition of your own questions: CSV, JSON lines, parquet, the Hub, or lm-eval."""
    from builders.own.importing import import_quiz
    from builders.own.quiz import read_quiz

    if (quiz is None) == (lm_eval is None):
        raise UsageError("give a YAML file that says what the data is, or --lm-eval TASK")
    if lm_eval is not None:
        from builders.own.lm_eval_task import read_lm_eval

        what, table = read_lm_eval(lm_eval, include_path, lang=lang, instruction=instruction)
    else:
        assert quiz is not None
        if not quiz.exists():
            raise UsageError(f"{quiz}: no such file")
        what, table = read_quiz(quiz), None
    made = import_quiz(
        what,
        out,
        table=table,
        seed=seed,
        drop_bad=drop_bad,
        dry_run=dry_run,
        processes=processes,
    )
    if as_json:
        print_json(_json(made, out))
    tell = say if as_json else print
    for bad in made.bad:
        say(f"left out: {bad}")
    tell(_line(made))
    say(f"{out}: edition {made.digest[:12]}" if made.digest else "nothing was written (--dry-run)")


def _line(made: Imported) -> str:
    task = made.task
    few, most = task.option_counts[0], task.n_options
    options = f"{most} options" if few == most else f"{few} to {most} options"
    counts = ", ".join(f"{name} {count:,}" for name, count in made.counts.items())
    joined = f"; near-duplicate groups joined: {made.joined:,}" if made.joined else ""
    return f"{task.name}: {made.read:,} rows read, {options}; {counts}{joined}"


def _json(made: Imported, out: Path) -> dict[str, Any]:
    task = made.task
    return {
        "task": task.name,
        "out": str(out) if made.digest else None,
        "digest": made.digest or None,
        "languages": list(task.languages),
        "options": [task.option_counts[0], task.n_options],
        "fixed_options": {k: list(v) for k, v in (task.fixed_options or {}).items()} or None,
        "read": made.read,
        "splits": dict(made.counts),
        "left_out": [{"row": each.place, "reason": each.reason} for each in made.bad],
        "joined": made.joined,
    }
