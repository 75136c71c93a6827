"""The command `neurgrad rank`: stream, rank, write and show."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich import box
from rich.table import Table
from rich.text import Text

from mceval8k.console import print_json, results, say
from mceval8k.editions import open_edition
from mceval8k.errors import UsageError
from neurgrad_eval.probing.command import EditionChoice, ModelChoice, load, progress
from neurgrad_eval.probing.listening import Listener
from neurgrad_eval.probing.plan import Plan
from neurgrad_eval.probing.settings import ProbeSettings
from neurgrad_eval.probing.streaming import describe
from neurgrad_eval.ranks.plan import make_rank_plan
from neurgrad_eval.ranks.processes import Launched
from neurgrad_eval.ranks.result import RankTable
from neurgrad_eval.ranks.stream import rank_prompts
from neurgrad_eval.ranks.writing import (
    begin,
    check_folder,
    layer_counts,
    write_manifest,
    write_rankings,
)

FEATURES = "features"


@dataclass(frozen=True)
class RankChoice:
    """What is ranked, and where the result goes."""

    size: int | None
    """Prompts; None for all."""
    top: int
    """How many of the first neurons the distribution over layers is of."""
    out: Path
    as_json: bool


def rank(
    settings: ProbeSettings, data: EditionChoice, choice: ModelChoice, ranked: RankChoice
) -> None:
    """Rank neurons on a task's training prompts, alone or as one of several processes."""
    if (ranked.size is not None and ranked.size < 1) or ranked.top < 1:
        raise UsageError("--train-size and --top: at least 1")
    processes = Launched(choice.device)
    check_folder(ranked.out)
    edition = open_edition(data.path_or_id, revision=data.revision)
    plan = make_rank_plan(settings, edition, ranked.size)
    own = ModelChoice(choice.path_or_id, choice.revision, choice.dtype, processes.device)
    model = load(own)
    if ranked.top > sum(model.widths):
        raise UsageError(f"--top {ranked.top}: the model has {sum(model.widths)} neurons")
    provenance = describe(plan, model, choice.dtype)
    about = _about(plan, asdict(provenance))
    first = processes.index == 0
    if first:
        begin(ranked.out, about)
    with progress(len(plan.prompts)) if first else nullcontext(Listener()) as listener:
        tables = rank_prompts(
            plan,
            model,
            provenance,
            ranked.out / FEATURES,
            processes=processes,
            listener=listener,
        )
    if first:
        layers = layer_counts(tables, model.widths, ranked.top)
        files = write_rankings(ranked.out, tables, layers, model.widths)
        write_manifest(ranked.out, about, files)
        _show(tables, layers, about, ranked)
    processes.close()


def _about(plan: Plan, provenance: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: value for name, value in provenance.items() if name != "items"},
        "edition": plan.edition.name,
        "edition_revision": plan.edition.revision,
        "edition_digest": plan.edition_digest,
        "pack": plan.pack.name,
        "pack_digest": provenance["pack"],
        "num_fewshot": plan.settings.num_fewshot,
        "seed": plan.settings.seed,
        "n_prompts": len(plan.prompts),
    }


def _show(
    tables: Mapping[str, RankTable],
    layers: Mapping[str, npt.NDArray[np.int64]],
    about: Mapping[str, Any],
    ranked: RankChoice,
) -> None:
    if ranked.as_json:
        rankings = {
            name: {"top": _best(table), "layers": layers[name].tolist()}
            for name, table in tables.items()
        }
        print_json({**about, "neurons": ranked.top, "rankings": rankings})
    else:
        results().print(_table(layers, about, ranked.top))
    say(f"written to {ranked.out}")


def _best(table: RankTable) -> dict[str, float | None]:
    """Score and standard error of the first neuron."""
    first = int(table.ranking.order[0])
    error = float(table.errors[first])
    return {
        "score": float(table.ranking.scores[first]),
        "error": None if np.isnan(error) else error,
    }


def _table(
    layers: Mapping[str, npt.NDArray[np.int64]], about: Mapping[str, Any], top: int
) -> Table:
    drawn = Table(
        title=Text(f"{about['task']}: the first {top:,} neurons of each ranking, by layer"),
        caption=Text(f"{about['n_prompts']:,} prompts; layer 0 is nearest the input"),
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    drawn.add_column("layer", justify="right")
    for name in layers:
        drawn.add_column(name, justify="right")
    for layer, counts in enumerate(zip(*(c.tolist() for c in layers.values()), strict=True)):
        drawn.add_row(str(layer), *(f"{count:,}" for count in counts))
    return drawn
