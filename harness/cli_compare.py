"""`mceval8k compare`: two runs, item by item."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mceval8k.console import print_json, results, say

if TYPE_CHECKING:
    from rich.table import Table

    from harness.leaderboard.comparing import RunComparison
    from harness.metrics.comparison import Comparison

First = Annotated[
    Path, typer.Argument(metavar="RUN_A", help="A result file of lm-eval, or a folder of them.")
]
Second = Annotated[Path, typer.Argument(metavar="RUN_B", help="The run to compare it with.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")]


def compare_command(first: First, second: Second, as_json: AsJson = False) -> None:
    """Compare two runs: McNemar's test, and intervals by bootstrap over groups of items."""
    from harness.leaderboard.comparing import compare_runs

    found = compare_runs(first, second)
    for note in found.notes:
        say(f"note: {note}")
    if as_json:
        print_json(found.to_dict())
        return
    say(f"A: {found.first}")
    say(f"B: {found.second}")
    results().print(comparison_table(found))


def comparison_table(found: RunComparison) -> Table:
    """A table of 80 columns: averages, genres, tasks."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    shown = Table(box=SIMPLE_HEAD, show_edge=False, padding=0)
    shown.caption = "A − B with 95 % intervals; a, b: items that only one gets right"
    shown.add_column("", no_wrap=True)
    for heading in ("A", "B", "A − B", "interval", "a", "b", "p", "Holm"):
        shown.add_column(heading, justify="right", no_wrap=True)
    level = ""
    for line in found.lines:
        if level not in ("", line.level):
            shown.add_section()
        level = line.level
        shown.add_row(_spoken(line.name), *_cells(line))
    return shown


def _spoken(name: str) -> str:
    known = {"chance_corrected": "above chance", "genre_macro": "genre-macro"}
    return known.get(name, name)


def _cells(line: Comparison) -> tuple[str, ...]:
    difference = line.difference
    interval = "" if math.isnan(difference.low) else f"{difference.low:+.3f} {difference.high:+.3f}"
    return (
        f"{line.first:.3f}",
        f"{line.second:.3f}",
        f"{difference.value:+.3f}",
        interval,
        str(line.only_first),
        str(line.only_second),
        _p(line.p),
        "" if math.isnan(line.p_holm) else _p(line.p_holm),
    )


def _p(value: float) -> str:
    return "<.001" if value < 0.001 else f"{value:.3f}"
