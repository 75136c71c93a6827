"""The command `neurgrad control`: measure, store and show."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.table import Table

from mceval8k.console import print_json, results, say
from neurgrad_eval.control.findings import Findings, Score, find
from neurgrad_eval.control.measure import control_question
from neurgrad_eval.control.page import interval, write_page
from neurgrad_eval.control.settings import ControlSettings
from neurgrad_eval.control.tables import load as load_prompt
from neurgrad_eval.control.tables import to_table, write_tables
from neurgrad_eval.gradients import check_space
from neurgrad_eval.sweeps.command import Asked, describe, load, progress
from neurgrad_eval.sweeps.folder import open_folder
from neurgrad_eval.sweeps.question import ask
from neurgrad_eval.sweeps.settings import check_count

PAGE = "control.html"


def control(settings: ControlSettings, asked: Asked, *, out: Path, as_json: bool) -> None:
    """Shift sets of neurons of many prompts and write the result to `out`."""
    model, chosen = load(asked)
    check_space(model.sites, settings.space)
    check_count(model.widths, max(settings.numbers))
    about = describe(settings, model, asked)
    shards = open_folder(out, "neurgrad control", about)
    with progress("control", len(chosen.rows)) as advance:
        for row in chosen.rows:
            if not shards.has(row.number):
                question = ask(model, row.prompt, row.answer)
                shards.save(
                    row.number,
                    to_table(control_question(question, row.number, settings), settings),
                )
            advance()
    numbers = [row.number for row in chosen.rows]
    found = find((load_prompt(shards, number, settings) for number in numbers), settings)
    write_tables(shards, numbers, found)
    write_page(found, settings, about, out / PAGE)
    if as_json:
        print_json({**about, "skipped": chosen.skipped, **found.to_dict()})
    else:
        for selection in settings.selections:
            results().print(_table([s for s in found.scores if s.selection == selection], found))
    say(f"written to {out}")


def _table(scores: list[Score], found: Findings) -> Table:
    """Measured slopes where there are any, NeurGrad for larger sets, both directions together."""
    drawn = Table(
        title=f"{scores[0].selection} neurons, {found.prompts:,} prompts",
        caption="along and against polarity together; 95 % interval by bootstrap over prompts",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for heading in ("neurons", "shift", "slopes", "Pearson", "error", "slope", "sign"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for one in best(scores):
        drawn.add_row(
            f"{one.neurons:,}",
            f"{one.shift:g}",
            one.prediction,
            interval(one.pearson),
            *("–" if v is None else f"{v.value:.3g}" for v in (one.error, one.slope)),
            "–" if one.sign_agreement is None else f"{one.sign_agreement.value:.2f}",
        )
    return drawn


def best(scores: list[Score]) -> list[Score]:
    """Of each set and shift, the score by measured slopes, or by NeurGrad where there are none."""
    kept = {
        (one.neurons, one.shift): one
        for prediction in ("neurgrad", "neg")
        for one in scores
        if one.prediction == prediction and one.direction == "both"
    }
    return [kept[key] for key in sorted(kept)]
