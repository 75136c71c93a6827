"""Views on the console: Rich tables with whole cells, however narrow the screen is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
from rich import box
from rich.table import Table
from rich.text import Text

from mceval8k.console import messages, results
from neurgrad_eval.show.cells import grid
from neurgrad_eval.show.views import View

_WIDEST = 400
"""Characters."""


def show(
    views: Iterable[View], tables: Mapping[str, pa.Table], warnings: Sequence[str] = ()
) -> None:
    """Print the views that are for the console on standard output, warnings on standard error."""
    for warning in warnings:
        messages.print(Text(f"warning: {warning}", style="yellow"))
    screen = results()
    for view in views:
        if view.printed and view.tabled:
            drawn = _table(view, tables[view.table])
            wide = screen.options.update(max_width=_WIDEST)
            screen.width = max(screen.width, screen.measure(drawn, options=wide).maximum)
            screen.print(drawn)


def _table(view: View, table: pa.Table) -> Table:
    cells = grid(table, view)
    drawn = Table(title=Text(view.heading), box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, numeric in zip(cells.headings, cells.numeric, strict=True):
        justify = "right" if numeric else "left"
        drawn.add_column(Text(heading), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for row in cells.rows:
        drawn.add_row(*map(Text, row))
    return drawn
