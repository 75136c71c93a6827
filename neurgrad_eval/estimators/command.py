"""The command `neurgrad estimate`: estimators against the measurement, as a table and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich import box
from rich.table import Table

from mceval8k.console import print_json, results, say
from mceval8k.files import write_text, writing
from mceval8k.version import __version__
from neurgrad_eval.estimators.comparison import SIGNS, Estimates, Score, collect, score
from neurgrad_eval.gradients import check_space
from neurgrad_eval.statistics import Estimate
from neurgrad_eval.sweeps.command import Asked, describe, load, progress
from neurgrad_eval.sweeps.prompts import PromptRow
from neurgrad_eval.sweeps.settings import SweepSettings, check_count, draw_neurons


def estimate(settings: SweepSettings, asked: Asked, *, out: Path | None, as_json: bool) -> None:
    """Compare every estimator with the sweep of the same neurons."""
    model, chosen = load(asked)
    check_space(model.sites, settings.space)
    check_count(model.widths, settings.neurons)
    about = describe(settings, model, asked)
    del about["sign"]  # both are reported
    with progress("estimate", len(chosen.rows)) as advance:
        estimates = collect(model, chosen.rows, settings, on_prompt=advance)
    scores = score(estimates, seed=settings.seed)
    result = {
        "command": "neurgrad estimate",
        "version": __version__,
        **about,
        "prompts": len(chosen.rows),
        "skipped": chosen.skipped,
        "scores": [one.to_dict() for one in scores],
    }
    if out is not None:
        drawn = [
            draw_neurons(r, model.widths, settings.neurons, settings.seed) for r in chosen.rows
        ]
        _write(out, result, estimates, chosen.rows, drawn)
    if as_json:
        print_json(result)
        return
    for sign in SIGNS:
        results().print(_table([one for one in scores if one.sign == sign], sign))


def _write(
    folder: Path,
    result: dict[str, Any],
    estimates: Estimates,
    rows: tuple[PromptRow, ...],
    drawn: list[tuple[tuple[int, int], ...]],
) -> None:
    """Write `estimates.parquet`, a row per prompt and neuron, and `scores.json`."""
    layers, indices = np.array(drawn, dtype=np.int32).reshape(-1, 2).T
    columns: dict[str, Any] = {
        "prompt": np.repeat(np.array([row.number for row in rows], dtype=np.int32), len(drawn[0])),
        "layer": layers,
        "index": indices,
    }
    columns |= {f"{name}, {sign}": v.ravel() for (name, sign), v in estimates.values.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with writing(folder / "estimates.parquet") as temporary:
        pq.write_table(pa.table(columns), temporary)
    write_text(folder / "scores.json", json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    say(f"written to {folder}")


def _table(scores: list[Score], sign: str) -> Table:
    drawn = Table(
        title=f"Estimates of the neuron empirical gradient, sign {sign}",
        caption="95 % intervals by bootstrap over prompts; error ×10⁻⁶ per activation unit",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    drawn.add_column("estimator", no_wrap=True)
    for heading in ("Pearson", "Spearman", "sign", "error", "s/prompt"):
        drawn.add_column(heading, justify="right")
    for one in scores:
        drawn.add_row(
            one.estimator,
            _interval(one.pearson),
            _interval(one.spearman),
            _interval(one.sign_agreement),
            "" if one.error is None else _interval(one.error, scale=1e6, digits=2),
            f"{one.seconds:.2f}",
        )
    return drawn


def _interval(value: Estimate, *, scale: float = 1, digits: int = 3) -> str:
    middle, low, high = (f"{scale * v:.{digits}f}" for v in (value.value, value.low, value.high))
    return f"{middle} [{low}, {high}]"
