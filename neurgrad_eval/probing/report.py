"""The result as a table for people."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from neurgrad_eval.probing.results import ProbeResult, ProbeRow


def table(result: ProbeResult) -> Table:
    """Table of probes: accuracy and difference to LM-Prob with their intervals."""
    about = result.about
    sizes = f"{about['train_size']} training and {about['test_size']} test prompts"
    drawn = Table(
        title=Text(f"{about['task']}: {sizes}"),
        caption=Text("95 % intervals by bootstrap over groups"),
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    drawn.add_column("probe", no_wrap=True)
    for heading in ("neurons", "accuracy", "less LM-Prob", "chance", "ties"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for row in result.rows:
        drawn.add_row(*(Text(cell) for cell in _cells(row)))
    return drawn


def _cells(row: ProbeRow) -> tuple[str, ...]:
    compared = ""
    if row.difference is not None:
        compared = _interval(row.difference, row.difference_low, row.difference_high, sign="+")
    return (
        row.probe,
        "" if row.neurons is None else f"{row.neurons:,}",
        _interval(row.accuracy, row.low, row.high),
        compared,
        f"{row.chance:.3f}",
        "" if row.ties is None else str(row.ties),
    )


def _interval(value: float, low: float | None, high: float | None, *, sign: str = "") -> str:
    shown = [f"{number or 0.0:{sign}.3f}" for number in (value, low, high)]
    return f"{shown[0]} [{shown[1]}, {shown[2]}]"
