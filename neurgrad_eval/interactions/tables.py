"""An item's table of pairs, there and back, and the tables of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.files import writing
from mceval8k.item import Item
from neurgrad_eval.causal.measure import Sets
from neurgrad_eval.interactions.findings import InteractionResult
from neurgrad_eval.interactions.measure import SCALES, Effects, ItemPairs, pairs
from neurgrad_eval.interactions.settings import InteractionSettings
from neurgrad_eval.neurons import from_flat
from neurgrad_eval.sweeps.folder import Shards

PAIRS, NEURONS, SUMMARY = "pairs.parquet", "neurons.parquet", "summary.parquet"
_VALUES = ("first", "second", "joint", "noise")


def to_table(found: ItemPairs, item: Item, settings: InteractionSettings) -> pa.Table:
    """One row per shift, set and pair; `draw` is null for the ranked neurons.

    `first` and `second` are positions in the table of neurons; `<scale>_first`, `_second` and
    `_joint` are changes of the gold answer's log-odds or probability, `_noise` the difference of
    two readings of the interaction.
    """
    shifts, sets, count = found.scales["log_odds"].joint.shape
    shift, draw, pair = (axis.reshape(-1) for axis in np.indices((shifts, sets, count)))
    first, second = pairs(settings.neurons)[pair].T
    columns = {
        "item": pa.array(np.full(len(pair), found.number, dtype=np.int32)),
        "id": pa.array([item["id"]] * len(pair), pa.string()),
        "shift": pa.array(np.array(settings.shifts)[shift]),
        "draw": pa.array(draw - 1, pa.int32(), mask=draw == 0),
        "first": pa.array(first.astype(np.int32)),
        "second": pa.array(second.astype(np.int32)),
    }
    for scale in SCALES:
        for name in _VALUES:
            columns[f"{scale}_{name}"] = pa.array(getattr(found.scales[scale], name).reshape(-1))
    return pa.table(columns)


def load(shards: Shards, number: int, settings: InteractionSettings) -> ItemPairs:
    """Read an item's table back; DataError if it is damaged."""
    columns = tuple(f"{scale}_{name}" for scale in SCALES for name in _VALUES)
    table = shards.load(number, columns)
    shape = (len(settings.shifts), settings.draws + 1, len(pairs(settings.neurons)))
    try:
        values = {name: table[name].to_numpy().reshape(shape) for name in columns}
    except ValueError as error:
        raise shards.damaged(number, error) from None
    scales = {
        scale: Effects(**{name: values[f"{scale}_{name}"] for name in _VALUES}) for scale in SCALES
    }
    return ItemPairs(number, scales)


def write_tables(
    found: InteractionResult, sets: Sets, widths: tuple[int, ...], folder: Path
) -> None:
    """Write which neurons there are, and the summary."""
    layers, indices = from_flat(sets.flat.reshape(-1), widths)
    draw, position = (axis.reshape(-1) for axis in np.indices(sets.flat.shape))
    neurons = pa.table(
        {
            "draw": pa.array(draw - 1, pa.int32(), mask=draw == 0),
            "position": pa.array(position.astype(np.int32)),
            "layer": pa.array(layers.astype(np.int32)),
            "index": pa.array(indices.astype(np.int32)),
            "orientation": pa.array(sets.orientation[position].astype(np.int8)),
            "scale": pa.array(sets.scales.reshape(-1)),
        }
    )
    for name, table in (
        (NEURONS, neurons),
        (SUMMARY, pa.Table.from_pylist([row.to_dict() for row in found.rows])),
    ):
        with writing(folder / name) as temporary:
            pq.write_table(table, temporary)
