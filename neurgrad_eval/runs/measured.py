"""All that was measured, unit by unit: what an experiment sums up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from neurgrad_eval.runs.processes import Processes
from neurgrad_eval.runs.rows import ROWS, Arrays, Tables, join
from neurgrad_eval.runs.shards import Shards

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Measured:
    """What every unit gave, read from where it is kept when it is needed."""

    names: Sequence[str]
    """Of the units, in order."""
    units: Sequence[Any]
    shards: Shards
    processes: Processes

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Each unit with what it gave, one in memory at a time."""
        for name, unit in zip(self.names, self.units, strict=True):
            yield unit, self.shards.load(name)

    def tables(self) -> Tables:
        """Tables of all units, joined by name."""
        parts: dict[str, list[pa.Table]] = {}
        for _, tables in self:
            for name, table in tables.items():
                if table.num_columns:
                    parts.setdefault(name, []).append(table)
        return {name: join(found) for name, found in parts.items()}

    def table(self, name: str = ROWS) -> pa.Table:
        """One table of all units; empty if none has it."""
        return join(tables[name] for _, tables in self if name in tables)

    def sum(self, of: Callable[[Any, Arrays], Sequence[Whole]]) -> list[Whole]:
        """Sums, over all units, of arrays of whole numbers that are computed of each.

        Every process reads its share of the units and gets the whole sums. Whole numbers add up to
        the same in any order, so that neither order nor number of processes changes a bit.
        """
        total: list[Whole] = []
        for number in self.processes.share(range(len(self.names))):
            found = of(self.units[number], self.shards.load(self.names[number]))
            total = [a + b for a, b in zip(total, found, strict=True)] if total else list(found)
        return self.processes.add_up(total)
