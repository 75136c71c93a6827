"""A prompt's table of joint shifts, there and back, and the tables of a run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.files import writing
from neurgrad_eval.control.findings import Findings
from neurgrad_eval.control.measure import DIRECTIONS, Controlled
from neurgrad_eval.control.settings import ControlSettings
from neurgrad_eval.sweeps.folder import Shards

POINTS, SCORES = "points.parquet", "scores.parquet"
_VALUES = ("measured", "by_neurgrad", "by_neg")


def to_table(found: Controlled, settings: ControlSettings) -> pa.Table:
    """One row per set, direction and shift; `by_neg` is null where slopes were not measured."""
    keys = list(product(settings.selections, settings.numbers, DIRECTIONS, settings.shifts))
    selections, numbers, directions, shifts = zip(*keys, strict=True)
    return pa.table(
        {
            "prompt": pa.array([found.prompt] * len(keys), pa.int32()),
            "base": pa.array([found.base] * len(keys), pa.float64()),
            "selection": pa.array(selections, pa.string()),
            "neurons": pa.array(numbers, pa.int32()),
            "direction": pa.array(directions, pa.int8()),
            "shift": pa.array(shifts, pa.float64()),
            "measured": found.measured.reshape(-1),
            "by_neurgrad": found.by_neurgrad.reshape(-1),
            "by_neg": pa.array(found.by_neg.reshape(-1), from_pandas=True),
        }
    )


def load(shards: Shards, prompt: int, settings: ControlSettings) -> Controlled:
    """Read a prompt's table back; DataError if it is damaged."""
    table = shards.load(prompt, ("base", *_VALUES))
    counts = (settings.selections, settings.numbers, DIRECTIONS, settings.shifts)
    try:
        values = {
            name: table[name].to_numpy().astype(np.float64).reshape(tuple(map(len, counts)))
            for name in _VALUES
        }
        return Controlled(prompt, float(table["base"][0].as_py()), **values)
    except (ValueError, TypeError, IndexError) as error:
        raise shards.damaged(prompt, error) from None


def write_tables(shards: Shards, prompts: Sequence[int], found: Findings) -> None:
    """Write every point, and the scores."""
    shards.join(prompts, shards.folder / POINTS)
    with writing(shards.folder / SCORES) as temporary:
        pq.write_table(pa.Table.from_pylist([one.to_dict() for one in found.scores]), temporary)
