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
    chance = result.rows[0].chance
    drawn = Table(
        title=Text(f"{about['task']}: {sizes}"),
        caption=Text(f"chance {chance:.3f}; 95 % intervals by bootstrap over groups"),
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    drawn.add_column("probe", no_wrap=True)
    headings = ("neurons", "accuracy", "interval", "vs LM-Prob", "interval", "ties")
    for heading in headings:
        drawn.add_column(heading, justify="right", no_wrap=True)
    for row in result.rows:
        drawn.add_row(*(Text(cell) for cell in _cells(row)))
    return drawn


def _cells(row: ProbeRow) -> tuple[str, ...]:
    compared = ("", "")
    if row.difference is not None:
        low, high = row.difference_low or 0.0, row.difference_high or 0.0
        compared = (f"{row.difference:+.3f}", f"{low:+.3f} to {high:+.3f}")
    return (
        row.probe,
        "" if row.neurons is None else f"{row.neurons:,}",
        f"{row.accuracy:.3f}",
        f"{row.low:.3f}–{row.high:.3f}",
        *compared,
        "" if row.ties is None else str(row.ties),
    )
