"""The command `mceval8k audit`; what computes is imported when it is run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builders.processes import PROCESSES
from mceval8k.cli_options import EditionRevision, Tasks, examples, renamed
from mceval8k.console import messages, print_json, results, run, say

if TYPE_CHECKING:
    from builders.audit.auditing import Checked

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command(
    "audit",
    context_settings=renamed(tasks="task", revision="edition-revision"),
    epilog=examples(
        "mceval8k audit editions/full --html audit.html",
        "mceval8k audit iszhaoxin/MCEval8K --task nli,ner --json",
    ),
)
def audit_command(
    edition: Annotated[
        str,
        typer.Argument(metavar="PATH_OR_HUB_ID", help="An edition, in our or the released layout."),
    ],
    *,
    revision: EditionRevision = None,
    tasks: Tasks = "all",
    html: Annotated[Path | None, typer.Option(help="Write the report as a page, too.")] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="Processes that share the tasks; the result is the same.")
    ] = PROCESSES,
    as_json: Annotated[
        bool, typer.Option("--json", help="Machine-readable result on stdout.")
    ] = False,
) -> None:
    """Audit an edition: leaks, faulty rows, balance and shortcuts. An error makes it fail."""
    from builders.audit.auditing import audit
    from builders.audit.page import write_page
    from builders.audit.report import LEGEND, tables, verdict
    from mceval8k.editions import open_edition

    opened = open_edition(edition, revision=revision)
    found = audit(opened, tasks, processes=processes, tell=lambda each: say(_line(each)))
    if html is not None:
        write_page(html, found, opened.own_tasks)
        say(f"{html}: written")
    if as_json:
        print_json(found.to_json())
    console = messages if as_json else results()
    for table in tables(found):
        console.print(table)
    tell = say if as_json else print
    tell(LEGEND)
    tell(f"{edition}: {verdict(found)}")
    if not found.ok:
        raise typer.Exit(1)


def _line(task: Checked) -> str:
    shortcut = f"; strongest shortcut {task.shortcut}" if task.shortcut else ""
    return f"{task.task}: {sum(task.counts.values()):,} rows{shortcut}"


if __name__ == "__main__":
    run(app)
