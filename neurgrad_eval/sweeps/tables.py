"""The two tables of a sweep: every point, and every neuron."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.files import writing
from neurgrad_eval.sweeps.store import Measured

POINTS, SUMMARY = "points.parquet", "summary.parquet"


def write_tables(measured: Iterable[Measured], folder: Path) -> None:
    """Write both tables, a prompt at a time, so that memory does not grow with their number."""
    with writing(folder / POINTS) as points, writing(folder / SUMMARY) as summary:
        writers: list[pq.ParquetWriter] = []
        try:
            for one in measured:
                tables = (points_table(one), summary_table(one))
                if not writers:
                    pairs = zip((points, summary), tables, strict=True)
                    writers = [pq.ParquetWriter(path, table.schema) for path, table in pairs]
                for writer, table in zip(writers, tables, strict=True):
                    writer.write_table(table)
        finally:
            for writer in writers:
                writer.close()


def points_table(measured: Measured) -> pa.Table:
    """One row per neuron and shift: prompt, layer, index, shift, output_shift."""
    sweep = measured.sweep
    per_neuron = len(sweep.shifts)
    layers, indices = np.array(sweep.neurons, dtype=np.int32).T
    rows = len(layers) * per_neuron
    return pa.table(
        {
            "prompt": np.full(rows, measured.prompt, dtype=np.int32),
            "layer": np.repeat(layers, per_neuron),
            "index": np.repeat(indices, per_neuron),
            "shift": np.tile(sweep.shifts.numpy(), len(layers)),
            "output_shift": sweep.output_shifts.numpy().reshape(-1),
        }
    )


def summary_table(measured: Measured) -> pa.Table:
    """One row per neuron; `linearity` is null where the output does not change."""
    sweep = measured.sweep
    layers, indices = np.array(sweep.neurons, dtype=np.int32).T
    return pa.table(
        {
            "prompt": np.full(len(layers), measured.prompt, dtype=np.int32),
            "layer": layers,
            "index": indices,
            "base": np.full(len(layers), sweep.base),
            "activation": sweep.activations.numpy(),
            "neg": sweep.neg.numpy(),
            "linearity": pa.array(sweep.linearity.numpy(), from_pandas=True),
            "linear_range": sweep.linear_range.numpy(),
            "polarity": sweep.polarity.numpy().astype(np.int8),
            "cg": measured.cg.numpy(),
            "neurgrad": measured.neurgrad.numpy(),
        }
    )
