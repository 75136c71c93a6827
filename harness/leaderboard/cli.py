"""`mceval8k leaderboard`: check result files, build a board of them, publish and export it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.leaderboard.cli_export import export_command
from harness.leaderboard.cli_publish import publish_command
from mceval8k.cli_options import EditionRevision, examples, renamed
from mceval8k.console import complain, print_json, results, say

if TYPE_CHECKING:
    from rich.table import Table

    from harness.leaderboard.board import Board
    from harness.leaderboard.reference import Reference

app = typer.Typer(no_args_is_help=True)

Places = Annotated[
    list[Path],
    typer.Argument(metavar="RESULTS", help="Folders of lm-eval's results, or files."),
]
Out = Annotated[Path, typer.Option(help="Folder of the board; an earlier board is replaced.")]
EditionName = Annotated[
    str | None,
    typer.Option(help="Directory or Hub id of the edition: items, golds and groups are compared."),
]
EditionDigest = Annotated[
    str | None, typer.Option(help="First digits of the edition's digest; default: of most results.")
]
Tasks = Annotated[
    str, typer.Option("--task", help="Tasks of the board: tasks or genres, or 'all'.")
]
_RENAMED = renamed(tasks="task", revision="edition-revision")
Cache = Annotated[bool, typer.Option(help="Cache what was read of result files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.callback()
def _leaderboard() -> None:
    """Check lm-eval's result files, build a leaderboard of them, and publish it."""


@app.command(
    "check",
    context_settings=_RENAMED,
    epilog=examples(
        "mceval8k leaderboard check results/model",
        "mceval8k leaderboard check results --edition lab/mceval8k --task nli",
    ),
)
def check_command(
    places: Places,
    edition: EditionName = None,
    revision: EditionRevision = None,
    tasks: Tasks = "all",
    as_json: AsJson = False,
) -> None:
    """Check whether result files can go on a board; exit 1 with the reasons if one cannot."""
    from harness.leaderboard.checking import check
    from harness.leaderboard.collecting import collect
    from harness.leaderboard.finding import find_results

    runs = collect(find_results(places), use_cache=False, tell=say)
    found = check(runs, tasks=tasks, reference=_reference(edition, revision, tasks))
    for line in found.lines():
        (say if found.is_fit else complain)(line)
    if as_json:
        print_json(found.to_dict())
    if not found.is_fit:
        raise typer.Exit(1)


@app.command(
    "build",
    context_settings=_RENAMED,
    epilog=examples(
        "mceval8k leaderboard build results --out board",
        "mceval8k leaderboard build a b --edition lab/mceval8k --out board",
    ),
)
def build_command(
    places: Places,
    out: Out,
    edition: EditionName = None,
    revision: EditionRevision = None,
    edition_digest: EditionDigest = None,
    tasks: Tasks = "all",
    cache: Cache = True,
    as_json: AsJson = False,
) -> None:
    """Check result files and write tables and a static site."""
    from harness.leaderboard.board import make_board
    from harness.leaderboard.collecting import collect
    from harness.leaderboard.finding import find_results
    from harness.leaderboard.records import grouped
    from harness.leaderboard.writing import summary, write_board

    reference = _reference(edition, revision, tasks)
    runs = collect(find_results(places), use_cache=cache, tell=say)
    board = make_board(runs, tasks=tasks, edition=edition_digest, reference=reference)
    write_board(board, out)
    for file, names, reason in grouped(board.rejected):
        say(f"not on the board: {file}{f' ({names})' if names else ''}: {reason}")
    if as_json:
        print_json(summary(board))
    else:
        results().print(_table(board))
        say(f"{out / 'site' / 'index.html'}: {len(board.rows)} rows of {len(board.runs)} files")


app.command(
    "publish",
    context_settings=renamed(
        push="yes", benchmark_revision="edition-revision", revision="edition-revision"
    ),
    epilog=examples(
        "mceval8k leaderboard publish board --repo lab/results",
        "mceval8k leaderboard publish board --repo lab/results --space lab/board --yes",
    ),
)(publish_command)
app.command(
    "export",
    epilog=examples(
        "mceval8k leaderboard export results --organization Lab --relationship third_party "
        "--out records",
    ),
)(export_command)


def _reference(edition: str | None, revision: str | None, tasks: str) -> Reference | None:
    from harness.leaderboard.reference import read_reference

    if edition is None:
        return None
    return read_reference(edition, tasks=tasks, revision=revision)


def _table(board: Board) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    heads = ("rank", "model", "setting", "tasks", "above chance", "genre-macro", "micro")
    table = Table(*heads, box=SIMPLE_HEAD)
    table.columns[1].overflow = "fold"  # a name is never cut off
    for row in board.rows:
        known = (row.scores.headline, row.scores.genre_macro, row.scores.micro)
        shown = (f"{each.value:.3f}" if each else "–" for each in known)
        rank = row.rank.label if row.rank else "–"
        named = (rank, board.short_names[row.model.name], row.setting.label)
        table.add_row(*named, str(len(row.entries)), *shown)
    return table
