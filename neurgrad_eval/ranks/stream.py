"""Rankings of a plan's prompts: shards are computed and stored, then summed one after the other.

Processes share the work by shards: shard n is computed by process n mod the number of processes,
and read by it again in the second pass. Each process holds one shard and its sums.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

from neurgrad_eval.feature_store import FeatureStore, Provenance
from neurgrad_eval.probing.listening import Listener, NamedModel
from neurgrad_eval.probing.plan import Plan
from neurgrad_eval.probing.streaming import open_plan_store, stream_features
from neurgrad_eval.ranks.result import RankTable, rank_tables
from neurgrad_eval.ranks.sums import (
    Sums,
    Whole,
    first_pass,
    means,
    merge,
    no_first,
    no_second,
    second_pass,
    spread,
)


class Processes(Protocol):
    """What is needed of the processes that share the work."""

    @property
    def index(self) -> int:
        """Number of this process, from 0."""

    @property
    def count(self) -> int:
        """How many there are."""

    def wait(self) -> None:
        """Wait for all of them."""

    def add_up(self, own: Whole) -> Whole:
        """Sum of every process's array, in every process."""


@dataclass(frozen=True)
class Alone:
    """A process that has all the work."""

    index: int = 0
    count: int = 1

    def wait(self) -> None:
        """Wait for nobody."""

    def add_up(self, own: Whole) -> Whole:
        """Return the only array."""
        return own


def rank_prompts(
    plan: Plan,
    model: NamedModel,
    provenance: Provenance,
    folder: Path,
    *,
    processes: Processes | None = None,
    listener: Listener | None = None,
) -> dict[str, RankTable]:
    """Rank neurons by the training prompts of a plan; the same in every process.

    Parameters
    ----------
    plan, model
        What is asked of whom.
    provenance
        What the features are of.
    folder
        Where shards are kept; those that are there are used.
    processes
        Who shares the work; nobody if not given.
    listener
        Who is told how far it is.

    Raises
    ------
    DataError
        A gradient is not finite, or stored shards are of something else or damaged.
    """
    others: Processes = processes or Alone()
    store = _open(folder, plan, provenance, model, others)
    own = range(others.index, store.n_shards, others.count)
    blocks = spread([item["label"] for item in plan.sample.train])
    neurons = sum(model.widths)
    first = no_first(len(plan.answers), neurons)
    for rows, part in stream_features(plan, model, own, listener or Listener(), store):
        first = merge(first, first_pass(part, blocks[rows]))
    first = _of_all(first, others)
    splits, thresholds = means(first)
    second = no_second(len(splits), neurons)
    for rows, part in map(store.load, own):
        second = merge(second, second_pass(part, blocks[rows], splits, thresholds))
    return rank_tables(first, _of_all(second, others), splits, thresholds)


def _open(
    folder: Path, plan: Plan, provenance: Provenance, model: NamedModel, processes: Processes
) -> FeatureStore:
    """Open the store in the first process, so that only one writes what the shards are of."""
    if processes.index > 0:
        processes.wait()
    store = open_plan_store(folder, plan, provenance, tuple(model.widths))
    if processes.index == 0:
        processes.wait()
    return store


def _of_all(sums: Sums, processes: Processes) -> Sums:
    """Sums over all processes' prompts."""
    return type(sums)(*(processes.add_up(getattr(sums, f.name)) for f in fields(sums)))
