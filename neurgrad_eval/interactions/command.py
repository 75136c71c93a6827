"""The command `neurgrad interactions`: measure, store and show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table

from mceval8k.console import print_json, results, say
from neurgrad_eval.causal.items import ask_items
from neurgrad_eval.causal.measure import Sets, choose_sets
from neurgrad_eval.causal.preparing import Asked, Prepared, prepare, scales
from neurgrad_eval.causal.ranked import read_ranked
from neurgrad_eval.interactions.findings import InteractionResult, summarise
from neurgrad_eval.interactions.measure import Scale, pairs, shift_pairs
from neurgrad_eval.interactions.page import table_row, write_page
from neurgrad_eval.interactions.settings import InteractionSettings
from neurgrad_eval.interactions.tables import PAIRS, load, to_table, write_tables
from neurgrad_eval.neurons import from_flat
from neurgrad_eval.sweeps.command import progress
from neurgrad_eval.sweeps.folder import Shards, open_folder

PAGE = "interactions.html"


def interactions(settings: InteractionSettings, asked: Asked, *, out: Path, as_json: bool) -> None:
    """Shift pairs of ranked neurons on test items and write the result to `out`."""
    prepared = prepare(settings, asked)
    widths = prepared.model.widths
    ranked = read_ranked(asked.ranking, settings.score, settings.neurons, widths)
    flat = choose_sets(ranked, widths, draws=settings.draws, seed=settings.seed)
    scale = scales(prepared, flat.reshape(-1), settings.unit, settings.space)
    sets = Sets(flat, ranked.orientation, scale.reshape(flat.shape))
    shards = open_folder(out, "neurgrad interactions", prepared.about)
    _measure(prepared, sets, settings, shards)
    layers, _ = from_flat(ranked.flat, widths)
    first, second = pairs(settings.neurons).T
    found = summarise(
        (load(shards, number, settings) for number in prepared.numbers),
        [prepared.plan.sample.test[number] for number in prepared.numbers],
        np.abs(layers[first] - layers[second]),
        settings,
    )
    shards.join(prepared.numbers, out / PAIRS)
    write_tables(found, sets, widths, out)
    write_page(found, settings, prepared.about, out / PAGE)
    if as_json:
        print_json({**prepared.about, **found.to_dict()})
    else:
        for shift in settings.shifts:
            results().print(_table(found, "log_odds", shift))
    say(f"written to {out}")


def _measure(prepared: Prepared, sets: Sets, settings: InteractionSettings, shards: Shards) -> None:
    left = [number for number in prepared.numbers if not shards.has(number)]
    with progress("interactions", len(left)) as advance:
        for item in ask_items(prepared.model, prepared.plan, left):
            found = shift_pairs(item, sets, settings)
            shards.save(item.number, to_table(found, item.item, settings))
            advance()


def _table(found: InteractionResult, scale: Scale, shift: float) -> Table:
    drawn = Table(
        title=f"{found.pairs:,} pairs on {found.items:,} items, log-odds, shift {shift:g}",
        caption=f"noise floor {found.floor[scale]:.1e}; 95 % intervals by bootstrap over groups",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=0,
    )
    for heading in ("measure", "layers apart", "pairs", "ranked", "random"):
        if heading == "measure":
            drawn.add_column(heading)
        else:
            drawn.add_column(heading, justify="right", no_wrap=True)
    for row in found.rows:
        if (row.scale, row.shift) == (scale, shift):
            drawn.add_row(*table_row(row)[:5])
    return drawn
