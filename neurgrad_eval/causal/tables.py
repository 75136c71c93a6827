"""An item's table of joint shifts, there and back, and the tables of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.files import writing
from mceval8k.item import Item
from neurgrad_eval.causal.findings import CausalResult
from neurgrad_eval.causal.measure import ItemEffects
from neurgrad_eval.causal.settings import CausalSettings
from neurgrad_eval.sweeps.folder import Shards

EFFECTS, SUMMARY = "effects.parquet", "summary.parquet"


def to_table(found: ItemEffects, item: Item, settings: CausalSettings) -> pa.Table:
    """One row per condition; the first is the item with nothing shifted.

    `set` is `none`, `skill` or `random`; `draw` is null but for random sets.
    """
    conditions = list(settings.conditions())
    count = 1 + len(conditions)
    names = ["none", *("skill" if one.draw < 0 else "random" for one in conditions)]
    draws = [None, *(None if one.draw < 0 else one.draw for one in conditions)]
    return pa.table(
        {
            "item": pa.array([found.number] * count, pa.int32()),
            "id": pa.array([item["id"]] * count, pa.string()),
            "label": pa.array([int(item["label"])] * count, pa.int8()),
            "set": pa.array(names, pa.string()),
            "draw": pa.array(draws, pa.int32()),
            "neurons": pa.array([0, *(one.neurons for one in conditions)], pa.int32()),
            "direction": pa.array([0, *(one.direction for one in conditions)], pa.int8()),
            "shift": pa.array([0.0, *(one.shift for one in conditions)], pa.float64()),
            "probabilities": pa.array([list(found.base), *map(list, found.shifted)]),
        }
    )


def load(shards: Shards, number: int, settings: CausalSettings) -> ItemEffects:
    """Read an item's table back; DataError if it is damaged."""
    table = shards.load(number, ("probabilities",))
    try:
        rows = np.array(table["probabilities"].to_pylist(), dtype=np.float64)
        if len(rows) != 1 + len(list(settings.conditions())):
            raise ValueError(f"{len(rows)} rows")
        return ItemEffects(number, rows[0], rows[1:])
    except (ValueError, TypeError) as error:
        raise shards.damaged(number, error) from None


def write_tables(shards: Shards, numbers: Sequence[int], result: CausalResult) -> None:
    """Write every item's probabilities, and the summary."""
    shards.join(numbers, shards.folder / EFFECTS)
    with writing(shards.folder / SUMMARY) as temporary:
        pq.write_table(pa.Table.from_pylist([row.to_dict() for row in result.rows]), temporary)
