"""Rankings as tables: neurons by rank, and the layers of the first ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from neurgrad_eval.neurons import count_per_layer, from_flat
from neurgrad_eval.probes.ranking import Ranking
from neurgrad_eval.show.views import Chart, View

Errors = npt.NDArray[np.float64]


def neuron_table(
    rankings: Mapping[str, Ranking],
    widths: Sequence[int],
    errors: Mapping[str, Errors] | None = None,
) -> pa.Table:
    """All neurons of each ranking, by the ranking's name and by rank.

    Columns are `ranking`, `layer`, `neuron`, `score`, `orientation`, `rank` (0 is the first) and,
    where errors are given, `error`, which is null where it is not known.

    Parameters
    ----------
    rankings
        By name.
    widths
        Neurons per layer.
    errors
        Standard error of each score [neuron], by the ranking's name; NaN where it is not known.
    """
    parts = []
    for name, ranking in sorted(rankings.items()):
        order = ranking.order
        layers, numbers = from_flat(order, widths)
        columns = {
            "ranking": pa.array([name] * len(order), pa.string()),
            "layer": layers.astype(np.int32),
            "neuron": numbers.astype(np.int32),
            "score": ranking.scores[order],
            "orientation": ranking.orientation[order],
            "rank": np.arange(len(order), dtype=np.int32),
        }
        if errors is not None:
            columns["error"] = pa.array(errors[name][order], from_pandas=True)
        parts.append(pa.table(columns))
    return pa.concat_tables(parts).combine_chunks()


def layer_table(
    rankings: Mapping[str, Ranking], counts: Sequence[int], widths: Sequence[int]
) -> pa.Table:
    """How many of the first neurons of each ranking sit in each layer.

    Columns are `neurons`, how many first ones are counted, `ranking`, `layer` and `count`.
    """
    layers = np.arange(len(widths), dtype=np.int32)
    parts = [
        pa.table(
            {
                "neurons": np.full(len(layers), first, dtype=np.int32),
                "ranking": pa.array([name] * len(layers), pa.string()),
                "layer": layers,
                "count": count_per_layer(ranking.top(first), widths),
            }
        )
        for first in counts
        for name, ranking in rankings.items()
    ]
    return pa.concat_tables(parts).combine_chunks()


LAYERS = View(
    "Layers of the top neurons of each ranking",
    "layers",
    "Layer 0 is nearest the input.",
    Chart("lines", "layer", "count", series="ranking", y_title="top neurons"),
    each="neurons",
    folded=True,
    printed=False,
)
"""By layer, for each number of first neurons."""
