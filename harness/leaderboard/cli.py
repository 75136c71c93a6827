"""`mceval8k leaderboard`: build a board of result files, and publish it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mceval8k.console import print_json, results, say

if TYPE_CHECKING:
    from harness.leaderboard.board import Board

app = typer.Typer(no_args_is_help=True)

Places = Annotated[
    list[Path],
    typer.Argument(metavar="RESULTS…", help="Folders of lm-eval's results, or files."),
]
Out = Annotated[Path, typer.Option(help="Folder of the board; an earlier board is replaced.")]
EditionDigest = Annotated[
    str | None, typer.Option(help="First digits of the edition's digest; default: of most results.")
]
Tasks = Annotated[str, typer.Option(help="What the board is of: tasks, genres or `all`.")]
Cache = Annotated[bool, typer.Option(help="Keep in the cache what was read of result files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the board as JSON.")]


@app.callback()
def _leaderboard() -> None:
    """Build a leaderboard of lm-eval's result files, and publish it."""


@app.command("build")
def build_command(
    places: Places,
    out: Out,
    edition_digest: EditionDigest = None,
    tasks: Tasks = "all",
    cache: Cache = True,
    as_json: AsJson = False,
) -> None:
    """Check result files and write tables and a static site."""
    from harness.leaderboard.board import make_board
    from harness.leaderboard.collecting import collect
    from harness.leaderboard.reading import find_results
    from harness.leaderboard.records import grouped
    from harness.leaderboard.writing import summary, write_board

    runs = collect(find_results(places), use_cache=cache, tell=say)
    board = make_board(runs, tasks=tasks, edition=edition_digest)
    write_board(board, out)
    for file, names, reason in grouped(board.rejected):
        say(f"not on the board: {file}{f' ({names})' if names else ''}: {reason}")
    if as_json:
        print_json(summary(board))
    else:
        results().print(_table(board))
        say(f"{out / 'site' / 'index.html'}: {len(board.rows)} rows of {board.files} files")


Folder = Annotated[Path, typer.Argument(help="A board that `build` wrote.")]
Repo = Annotated[str, typer.Option(help="Data set repository of the results, owner/name.")]
Space = Annotated[str | None, typer.Option(help="Static Space of the pages, owner/name.")]
Benchmark = Annotated[
    str | None, typer.Option(help="Data set repository of the edition that was asked, owner/name.")
]
EvalYaml = Annotated[
    bool, typer.Option("--eval-yaml", help="Write the benchmark's eval.yaml, too.")
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="Propose a model's scores to its repository: owner/name, or NAME=owner/name.",
    ),
]
SettingName = Annotated[
    str | None, typer.Option(help="Setting whose scores are proposed; default: that of most rows.")
]
Act = Annotated[bool, typer.Option("--push/--dry-run", help="Do it; by default it is only shown.")]


@app.command("publish")
def publish_command(
    folder: Folder,
    repo: Repo,
    space: Space = None,
    benchmark: Benchmark = None,
    eval_yaml: EvalYaml = False,
    models: Models = None,
    setting: SettingName = None,
    push: Act = False,
    as_json: AsJson = False,
) -> None:
    """Show what publishing a board on the Hub would change; with --push, change it."""
    from harness.leaderboard.publishing import report
    from harness.leaderboard.publishing.acting import carry_out
    from harness.leaderboard.publishing.difference import make_plan
    from harness.leaderboard.publishing.targets import targets

    wanted = targets(
        folder,
        repo=repo,
        space=space,
        benchmark=benchmark,
        eval_yaml=eval_yaml,
        models=models or [],
        setting=setting,
    )
    plans = [make_plan(target) for target in wanted]
    for line in (line for plan in plans for line in report.lines(plan)):
        say(line)
    urls = [carry_out(plan) if push else None for plan in plans]
    if not push and any(plan.is_needed for plan in plans):
        say("nothing was sent: add --push to do it")
    for url in filter(None, urls):
        say(f"done: {url}")
    if as_json:
        records = [report.record(plan, url) for plan, url in zip(plans, urls, strict=True)]
        print_json({"pushed": push, "repositories": records})


def _table(board: Board) -> Table:
    table = Table("model", "setting", "tasks", "genre-macro", "micro", box=SIMPLE_HEAD)
    for row in board.rows:
        averages = row.averages
        shown = ("–", "–")
        if averages:
            shown = (f"{averages.genre_macro.value:.3f}", f"{averages.micro.value:.3f}")
        table.add_row(
            escape(row.model.name), escape(row.setting.label), str(len(row.entries)), *shown
        )
    return table
