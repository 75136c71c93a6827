"""The command `mceval8k repair`; what computes is imported when it is run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from builders.processes import PROCESSES
from mceval8k.cli_options import EditionRevision, Tasks, examples, renamed
from mceval8k.console import messages, print_json, results, run, say

if TYPE_CHECKING:
    from builders.repair.repairing import Repair, Repaired

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command(
    "repair",
    context_settings=renamed(tasks="task", revision="edition-revision"),
    epilog=examples(
        "mceval8k repair iszhaoxin/MCEval8K --out editions/clean",
        "mceval8k repair released --upstream hub --out editions/clean",
    ),
)
def repair_command(
    source: Annotated[
        str, typer.Argument(metavar="SRC", help="An edition in the released layout, or a Hub id.")
    ],
    *,
    out: Annotated[
        Path, typer.Option(help="Folder of the edition: new, empty, or an earlier one, replaced.")
    ],
    revision: EditionRevision = None,
    tasks: Tasks = "all",
    seed: Annotated[int, typer.Option(help="Seed of every draw.")] = 0,
    upstream: Annotated[
        str | None,
        typer.Option(
            help="Where fever's labels are looked up: 'hub', or a mirror directory; without it, "
            "fever is left out."
        ),
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="Processes that share the audit; the bytes are the same.")
    ] = PROCESSES,
    as_json: Annotated[
        bool, typer.Option("--json", help="Machine-readable result on stdout.")
    ] = False,
) -> None:
    """Make the clean edition from a released one: faults dropped or mended, split anew."""
    from builders.reading.sources import open_source
    from builders.repair.repairing import repair
    from mceval8k.editions import open_edition

    opened = open_edition(source, revision=revision)
    done = repair(
        opened,
        out,
        tasks,
        seed=seed,
        processes=processes,
        upstream=None if upstream is None else open_source(upstream),
        tell=lambda each: say(_line(each)),
    )
    if as_json:
        print_json(done.to_json())
    (messages if as_json else results()).print(_table(done))
    for name, reason in done.left_out.items():
        say(f"left out: {name}: {reason}")
    say(f"{out}: written, with an account in repair.json")


def _line(task: Repaired) -> str:
    report = task.made.report
    return f"{task.task}: {report.total:,} rows from {report.read:,} released ones"


def _table(done: Repair) -> Table:
    from mceval8k.editions import SPLITS

    table = Table(box=SIMPLE_HEAD)
    table.add_column("task", no_wrap=True)
    for name in ("read", *SPLITS, "unused"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("dropped")
    for each in done.tasks:
        account = each.to_json()
        numbers = (account["read"], *account["splits"].values(), account["unused"])
        dropped = (f"{name} {count:,}" for name, count in account["dropped"].items())
        table.add_row(each.task, *(f"{number:,}" for number in numbers), "\n".join(dropped))
    return table


if __name__ == "__main__":
    run(app)
