"""What is shown of a table: which columns, under which heading, with which figure.

Columns are named by one text, with spaces between them; `words` says how they are headed and
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from itertools import compress
from typing import Any, Literal

import pyarrow as pa


@dataclass(frozen=True)
class Chart:
    """A figure of a tidy table; columns `<y>_low` and `<y>_high` become error bars.

    Attributes
    ----------
    kind
        `lines` and `points` draw y over x, `bars` a bar for each x, `forest` the estimates y
        (horizontal) of the things named by x, `heatmap` the column `value` over x and y.
    x, y
        Columns; several y are several lines, several x of a forest or of bars make one label.
    series
        Columns whose values tell lines apart.
    references
        Further columns, drawn as broken lines of the same colour.
    band
        Columns with the lower and the upper end of a grey band; or of several, pair by pair.
    level
        A column that holds one number, such as chance, or that number: drawn as a line; of a
        heatmap, the lightest colour.
    baseline
        The like, drawn as a broken grey line.
    marks
        Of a forest: a column of values that are marked beside each estimate.
    identity
        Whether the diagonal x = y is drawn.
    x_title, y_title
        Titles of the axes; the columns' headings if not given.
    """

    kind: Literal["lines", "points", "bars", "forest", "heatmap"]
    x: str
    y: str
    series: str = ""
    _: KW_ONLY
    value: str = ""
    references: str = ""
    band: str = ""
    level: str | float | None = None
    baseline: str | float | None = None
    marks: str = ""
    identity: bool = False
    x_title: str = ""
    y_title: str = ""
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class View:
    """One part of a page, and one table on the console."""

    heading: str
    table: str
    """Name of the table among those of the result."""
    text: str = ""
    """Paragraphs, with an empty line between them."""
    chart: Chart | None = None
    columns: str = ""
    """Those shown; if empty, all but those by which rows are chosen."""
    _: KW_ONLY
    where: Mapping[str, Any] = field(default_factory=dict)
    """Rows that are shown: those with these values."""
    each: str = ""
    """Columns for each of whose values there is a view of its own."""
    folded: bool = False
    """Whether the table is shown on the page only on request."""
    printed: bool = True
    """Whether the table is printed on the console."""
    tabled: bool = True
    """Whether there is a table beside the figure."""
    constant: str = ""
    """Columns that hold one number, which is said in the heading."""


def default_views(tables: Iterable[str]) -> tuple[View, ...]:
    """Every table as it is, for a result that says nothing of how it is shown."""
    return tuple(View(name.replace("_", " ").capitalize(), name) for name in tables)


def expand(views: Iterable[View], tables: Mapping[str, pa.Table]) -> Iterator[View]:
    """Views of tables that have rows, one for each value of what they are to be repeated for."""
    for view in views:
        table = tables.get(view.table)
        if table is None or not table.num_rows:
            continue
        names = view.each.split()
        values = zip(*(table[name].to_pylist() for name in names), strict=True) if names else [()]
        keys = list(dict.fromkeys(values))
        varying = [len(set(of)) > 1 for of in zip(*keys, strict=True)]
        for key in keys:
            conditions = ", ".join(map(_word, compress(key, varying)))
            words = f": {conditions}" if conditions else ""
            if view.constant:
                facts = (f"{name} {table[name][0].as_py():.3g}" for name in view.constant.split())
                words += f" ({', '.join(facts)})"
            where = {**view.where, **dict(zip(names, key, strict=True))}
            yield replace(view, heading=view.heading + words, where=where, each="")


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
