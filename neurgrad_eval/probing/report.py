"""The result as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]


def tables(result: Row) -> Iterator[Table]:
    """Yield the table of accuracies and, if there are any, that of the nulls.

    Parameters
    ----------
    result
        As `ProbeResult.to_dict` gives it.
    """
    yield _accuracies(result)
    if result["nulls"]:
        yield _nulls(result)


def _accuracies(result: Row) -> Table:
    sizes = f"{result['train_size']} training and {result['test_size']} test prompts"
    if result["validation_size"]:
        sizes += f"; neurons chosen on {result['validation_size']} more"
    chance = result["probes"][0]["chance"]
    drawn = _table(
        f"{result['task']}: {sizes}",
        f"chance {chance:.3f}; intervals of 95 % by bootstrap over groups; p exact, over groups, "
        "adjusted for all probes",
    )
    for heading in ("neurons", "accuracy", "interval", "vs LM-Prob, interval", "p (Holm)"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for row in result["probes"]:
        drawn.add_row(*(Text(cell) for cell in _cells(row)))
    return drawn


def _nulls(result: Row) -> Table:
    drawn = _table("With nothing to learn or to choose", "95 % range of the draws")
    drawn.add_column("null", no_wrap=True)
    for heading in ("draws", "mean", "range", "p"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for row in result["nulls"]:
        accuracy, bounds = f"{row['mean']:.3f}", f"{row['low']:.3f}–{row['high']:.3f}"
        cells = (row["probe"], row["null"], str(row["draws"]), accuracy, bounds)
        drawn.add_row(*(Text(cell) for cell in (*cells, p_value(row["p_value"]))))
    return drawn


def _table(title: str, caption: str) -> Table:
    drawn = Table(
        title=Text(title),
        caption=Text(caption),
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    drawn.add_column("probe", no_wrap=True)
    return drawn


def _cells(row: Row) -> tuple[str, ...]:
    compared = ("", "")
    if row["difference"] is not None:
        low, high = row["difference_low"], row["difference_high"]
        interval = f"{row['difference']:+.3f} [{low:+.3f}, {high:+.3f}]"
        compared = (interval, p_value(row["p_holm"]))
    return (
        row["probe"],
        "" if row["neurons"] is None else f"{row['neurons']:,}",
        f"{row['accuracy']:.3f}",
        f"{row['low']:.3f}–{row['high']:.3f}",
        *compared,
    )


def p_value(p: float) -> str:
    """Return p with three places; what is smaller is said to be."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"
