"""The command `neurgrad sweep`: measure, store and show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from rich import box
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from transformers.utils.logging import disable_progress_bar

from mceval8k.console import messages, print_json, results, say
from mceval8k.errors import UsageError
from mceval8k.files import sha256
from neurgrad_eval.feature_store import fingerprint
from neurgrad_eval.gradients import check_space
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.sweeps.findings import Findings, find
from neurgrad_eval.sweeps.measure import sweep_question
from neurgrad_eval.sweeps.page import write_page
from neurgrad_eval.sweeps.prompts import Chosen, PromptRow, choose_prompts, read_prompts
from neurgrad_eval.sweeps.question import ask
from neurgrad_eval.sweeps.settings import SweepSettings, check_count, draw_neurons
from neurgrad_eval.sweeps.store import Measured, Store, open_store
from neurgrad_eval.sweeps.tables import write_tables

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PAGE = "sweep.html"


@dataclass(frozen=True)
class Asked:
    """Which model is asked which prompts."""

    model: str
    revision: str | None
    dtype: str
    device: str
    prompts: Path
    limit: int | None
    """Prompts at most; None for all."""

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"limit {self.limit}: at least 1 prompt is needed")


def sweep(settings: SweepSettings, asked: Asked, *, out: Path, as_json: bool) -> None:
    """Sweep neurons of many prompts and write the result to `out`."""
    model, chosen = load(asked)
    check_space(model.sites, settings.space)
    check_count(model.widths, settings.neurons)
    about = describe(settings, model, asked)
    store = open_store(out, about, shifts=settings.grid, space=settings.space, sign=settings.sign)
    with progress("sweep", len(chosen.rows)) as advance:
        for row in chosen.rows:
            if not store.has(row.number):
                store.save(measure(model, row, settings))
            advance()
    found = _finish(store, chosen, about)
    if as_json:
        print_json({**about, "skipped": chosen.skipped, **found.to_dict()})
    else:
        results().print(_table(found))
    say(f"written to {out}")


def load(asked: Asked) -> tuple[NeuronModel, Chosen]:
    """Load the model and the prompts, and say how many prompts are skipped."""
    read_prompts(asked.prompts)  # a file that cannot be read is named before a model is loaded
    disable_progress_bar()
    model = NeuronModel.from_pretrained(
        asked.model, dtype=asked.dtype, device=asked.device, revision=asked.revision
    )
    chosen = choose_prompts(model, asked.prompts, asked.limit)
    if chosen.skipped:
        say(f"{chosen.skipped} prompts are skipped: their answers are not one token")
    return model, chosen


def measure(model: NeuronModel, row: PromptRow, settings: SweepSettings) -> Measured:
    """Sweep and differentiate the neurons drawn for one prompt."""
    neurons = draw_neurons(row, model.widths, settings.neurons, settings.seed)
    question = ask(model, row.prompt, row.answer)
    found = sweep_question(
        question, neurons, settings.grid, space=settings.space, sign=settings.sign
    )
    gradients = question.gradients(settings.space).gradients
    cg = torch.stack([gradients[layer][0, 0, index] for layer, index in neurons])
    return Measured(row.number, found, cg)


def describe(settings: DataclassInstance, model: NeuronModel, asked: Asked) -> dict[str, Any]:
    """All that decides the numbers, as plain values."""
    return {
        "model": model.name,
        "revision": model.revision,
        "weights": fingerprint(model.model),
        "dtype": asked.dtype,
        "prompts_sha256": sha256(asked.prompts),
        **asdict(settings),
    }


@contextmanager
def progress(title: str, total: int) -> Iterator[Any]:
    """Show a bar on standard error; yields a function that moves it by one."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=messages, transient=True) as bars:
        bar = bars.add_task(escape(title), total=total)
        yield lambda: bars.advance(bar)


def _finish(store: Store, chosen: Chosen, about: dict[str, Any]) -> Findings:
    """Write tables and page from the shards of the chosen prompts."""
    numbers = [row.number for row in chosen.rows]
    write_tables(map(store.load, numbers), store.folder)
    found = find(map(store.load, numbers))
    write_page(found, about, store.folder / PAGE)
    return found


def _table(found: Findings) -> Table:
    title = f"{found.neurons:,} neurons on {found.prompts:,} prompts"
    drawn = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False)
    drawn.add_column("")
    drawn.add_column("per cent", justify="right")
    for size, share in zip(found.ranges[1:], found.linear[1:], strict=True):
        drawn.add_row(f"linear within ±{size:g}", f"{100 * share:.1f}")
    drawn.add_row("positive", f"{100 * found.positive:.1f}")
    drawn.add_row("negative", f"{100 * found.negative:.1f}")
    if found.neurgrad_correlation is not None:
        drawn.caption = f"NeurGrad's correlation with NEG: {found.neurgrad_correlation:.4f}"
    return drawn
