"""The command `neurgrad causal`: measure, store and show."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.table import Table

from mceval8k.console import print_json, results, say
from neurgrad_eval.causal.findings import MEASURES, CausalResult, Measure, summarise
from neurgrad_eval.causal.items import ask_items
from neurgrad_eval.causal.measure import Sets, choose_sets, shift_item
from neurgrad_eval.causal.page import table_row, write_page
from neurgrad_eval.causal.preparing import Asked, Prepared, prepare, scales
from neurgrad_eval.causal.ranked import read_ranked
from neurgrad_eval.causal.settings import CausalSettings
from neurgrad_eval.causal.tables import load, to_table, write_tables
from neurgrad_eval.sweeps.command import progress
from neurgrad_eval.sweeps.folder import Shards, open_folder

PAGE = "causal.html"


def causal(settings: CausalSettings, asked: Asked, *, out: Path, as_json: bool) -> None:
    """Shift ranked neurons on test items and write the result to `out`."""
    prepared = prepare(settings, asked)
    sets = _sets(prepared, asked.ranking, settings)
    shards = open_folder(out, "neurgrad causal", prepared.about)
    _measure(prepared, sets, settings, shards)
    items = [prepared.plan.sample.test[number] for number in prepared.numbers]
    effects = [load(shards, number, settings) for number in prepared.numbers]
    found = summarise(effects, items, settings)
    write_tables(shards, prepared.numbers, found)
    write_page(found, settings, prepared.about, out / PAGE)
    if as_json:
        print_json({**prepared.about, **found.to_dict()})
    else:
        for measure in MEASURES:
            results().print(_table(found, measure))
    say(f"written to {out}")


def _sets(prepared: Prepared, ranking: Path, settings: CausalSettings) -> Sets:
    widths = prepared.model.widths
    ranked = read_ranked(ranking, settings.score, max(settings.numbers), widths)
    flat = choose_sets(ranked, widths, draws=settings.draws, seed=settings.seed)
    scale = scales(prepared, flat.reshape(-1), settings.unit, settings.space)
    return Sets(flat, ranked.orientation, scale.reshape(flat.shape))


def _measure(prepared: Prepared, sets: Sets, settings: CausalSettings, shards: Shards) -> None:
    left = [number for number in prepared.numbers if not shards.has(number)]
    with progress("causal", len(left)) as advance:
        for item in ask_items(prepared.model, prepared.plan, left):
            found = shift_item(item, sets, settings)
            shards.save(item.number, to_table(found, item.item, settings))
            advance()


def _table(found: CausalResult, measure: Measure) -> Table:
    base = found.base[measure]
    drawn = Table(
        title=f"change of {measure.replace('_', ' ')}, {found.items:,} items",
        caption=f"unshifted {base.value:.3f}; 95 % intervals by bootstrap over groups",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=0,
    )
    for heading in ("neurons", "direction", "shift", "ranked", "random", "p"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for row in found.rows:
        if row.measure == measure:
            number, direction, shift, skill, random, _, p = table_row(row)
            drawn.add_row(number, direction, shift, skill, random, p)
    return drawn
