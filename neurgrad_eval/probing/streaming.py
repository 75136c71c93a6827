"""Features of a plan's prompts, shard by shard: computed, or read where they are stored.

What is computed is rounded as what is stored, so that a run that goes on with stored features gives
the results of a fresh one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from neurgrad_eval.feature_shards import pack_shard, unpack_shard
from neurgrad_eval.feature_store import (
    FeatureStore,
    Provenance,
    fingerprint,
    join_parts,
    open_store,
)
from neurgrad_eval.features import Features, GradientModel, empty_features, fill_features
from neurgrad_eval.probing.listening import Listener, NamedModel
from neurgrad_eval.probing.plan import Plan


def describe(plan: Plan, model: NamedModel, dtype: str) -> Provenance:
    """What the features of a plan are of."""
    return Provenance(
        model=model.name,
        revision=model.revision,
        weights=fingerprint(model.model),
        dtype=dtype,
        space=plan.settings.gradients.space,
        sign=plan.settings.gradients.sign,
        edition=plan.edition_digest,
        task=plan.task.name,
        pack=plan.pack.digest(plan.task),
        items=tuple(item["id"] for item in plan.sample.items),
        prompts=plan.digest(),
    )


def open_plan_store(
    folder: Path, plan: Plan, provenance: Provenance, widths: tuple[int, ...]
) -> FeatureStore:
    """Open a folder for the features of a plan; DataError if those there are of another."""
    return open_store(folder, provenance, widths=widths, n_shards=len(plan.shards()))


def compute_features(
    plan: Plan,
    model: GradientModel,
    listener: Listener | None = None,
    store: FeatureStore | None = None,
) -> Features:
    """Features of all the plan's prompts, kept in a store if one is given."""
    numbers = range(len(plan.shards()))
    parts = stream_features(plan, model, numbers, listener or Listener(), store)
    return join_parts(parts, len(plan.prompts))


def stream_features(
    plan: Plan,
    model: GradientModel,
    numbers: Iterable[int],
    listener: Listener,
    store: FeatureStore | None,
) -> Iterator[tuple[list[int], Features]]:
    """Yield the numbers of each shard's prompts and their features, one shard in memory at a time.

    Raises
    ------
    DataError
        A prompt is too long, a gradient is not finite (the message names prompt, item and layer),
        or a stored shard is damaged.
    """
    shards = plan.shards()
    wanted = list(numbers)
    missing = [number for number in wanted if store is None or not store.has(number)]
    if missing:
        listener.on_stage(f"gradients of {sum(len(shards[n]) for n in missing)} prompts")
    for number in wanted:
        rows = shards[number]
        if store is not None and store.has(number):
            yield store.load(number)
            listener.on_prompts(len(rows))
            continue
        part = compute_shard(plan, rows, model, listener)
        if store is not None:
            yield rows, store.save(number, rows, part)
        else:
            yield unpack_shard(pack_shard(part, rows), part.widths)


def compute_shard(
    plan: Plan, rows: list[int], model: GradientModel, listener: Listener
) -> Features:
    """Features of prompts of one language, as exact as float16 activations are."""
    items = plan.sample.items
    part = empty_features(
        [items[row]["label"] for row in rows], len(plan.answers), tuple(model.widths)
    )
    fill_features(
        part,
        range(len(rows)),
        model=model,
        prompts=[plan.prompts[row] for row in rows],
        answers=plan.answers,
        settings=plan.settings.gradients,
        on_batch=listener.on_prompts,
        names=[f"{row} (item {items[row]['id']})" for row in rows],
    )
    return part
