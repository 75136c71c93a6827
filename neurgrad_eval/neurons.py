"""Neurons: by layer and number within it, or by one flat number, layer after layer.

Those of a mixture of experts have an expert and a number within it, too (`ExpertMap`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mceval8k.errors import UsageError

Indices = npt.NDArray[np.int64]
Neuron = tuple[int, int]
"""Layer, and index within the layer."""


def as_neurons(neurons: Any) -> tuple[Neuron, ...]:
    """Neurons from a table with columns `layer` and `neuron`, or from pairs.

    Raises
    ------
    UsageError
        They are neither.
    """
    try:
        if hasattr(neurons, "columns"):
            neurons = zip(neurons["layer"].tolist(), neurons["neuron"].tolist(), strict=True)
        return tuple((int(layer), int(index)) for layer, index in neurons)
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            "neurons: give (layer, neuron) pairs, or a table of those columns"
        ) from None


def check_neurons(widths: Sequence[int], neurons: Sequence[Neuron]) -> None:
    """Raise UsageError for neurons that a model does not have; the message names the first."""
    if not neurons:
        raise UsageError("no neuron is given")
    for layer, index in neurons:
        if not 0 <= layer < len(widths):
            raise UsageError(f"neuron ({layer}, {index}): the layers are 0 to {len(widths) - 1}")
        if not 0 <= index < widths[layer]:
            last = widths[layer] - 1
            raise UsageError(f"neuron ({layer}, {index}): layer {layer} has neurons 0 to {last}")


def check_count(widths: Sequence[int], count: int) -> None:
    """Raise UsageError if a model has fewer neurons than requested."""
    if count > (there := sum(widths)):
        raise UsageError(f"{count} neurons are requested; the model has {there}")


def draw_neurons(
    widths: Sequence[int], count: int, seed: int | Sequence[int]
) -> tuple[Neuron, ...]:
    """Draw different neurons of a model by seed, ascending."""
    drawn = np.random.default_rng(seed).choice(sum(widths), count, replace=False)
    return pairs(np.sort(drawn), widths)


def pairs(flat: npt.ArrayLike, widths: Sequence[int]) -> tuple[Neuron, ...]:
    """Layer and index of neurons given by flat number."""
    layers, indices = from_flat(flat, widths)
    return tuple(zip(layers.tolist(), indices.tolist(), strict=True))


def layer_starts(widths: Sequence[int]) -> Indices:
    """Flat number [layer + 1] of each layer's first neuron, and then the number of neurons."""
    return np.concatenate([[0], np.cumsum(np.asarray(widths, dtype=np.int64))])


def to_flat(layers: npt.ArrayLike, indices: npt.ArrayLike, widths: Sequence[int]) -> Indices:
    """Flat numbers of neurons given by layer and index within the layer."""
    layers, indices = np.asarray(layers, dtype=np.int64), np.asarray(indices, dtype=np.int64)
    sizes = np.asarray(widths, dtype=np.int64)
    if np.any((layers < 0) | (layers >= len(sizes))):
        raise IndexError(f"a layer is out of range: there are {len(sizes)}")
    if np.any((indices < 0) | (indices >= sizes[layers])):
        raise IndexError("a neuron's index is out of its layer's range")
    return np.asarray(layer_starts(widths)[layers] + indices, dtype=np.int64)


def from_flat(flat: npt.ArrayLike, widths: Sequence[int]) -> tuple[Indices, Indices]:
    """Layers and indices within the layer of neurons given by flat number."""
    numbers = np.asarray(flat, dtype=np.int64)
    starts = layer_starts(widths)
    if np.any((numbers < 0) | (numbers >= starts[-1])):
        raise IndexError(f"a neuron's number is out of range: there are {starts[-1]}")
    layers = np.searchsorted(starts, numbers, side="right") - 1
    return layers, numbers - starts[layers]


def count_per_layer(flat: npt.ArrayLike, widths: Sequence[int]) -> Indices:
    """How many of the neurons sit in each layer [layer]."""
    layers, _ = from_flat(flat, widths)
    return np.bincount(layers, minlength=len(widths))


class ExpertRange(NamedTuple):
    """Neurons of a layer that belong to routed experts, expert after expert."""

    layer: int
    start: int
    """Number of the first neuron within the layer."""
    experts: int
    """How many experts there are."""
    size: int
    """Neurons of each."""


@dataclass(frozen=True)
class ExpertMap:
    """Which neurons of a mixture of experts belong to which expert; empty for other models.

    A neuron bears one number within its layer. Of those outside all ranges, shared experts' and
    dense layers', each belongs to no expert.
    """

    ranges: tuple[ExpertRange, ...] = ()

    @classmethod
    def of(cls, plain: Iterable[Sequence[int]]) -> ExpertMap:
        """Make a map from what `plain` gives."""
        return cls(tuple(ExpertRange(*map(int, one)) for one in plain))

    def plain(self) -> list[list[int]]:
        """Layer, first neuron, number of experts and neurons of each, per range."""
        return [list(one) for one in self.ranges]

    def neuron(self, layer: int, expert: int, index: int) -> Neuron:
        """Layer and number within the layer of an expert's neuron.

        Raises
        ------
        UsageError
            There is no such expert, or it has no such neuron.
        """
        for one in self.ranges:
            if one.layer == layer and 0 <= expert < one.experts and 0 <= index < one.size:
                return layer, one.start + expert * one.size + index
        raise UsageError(f"there is no neuron {index} of expert {expert} in layer {layer}")

    def place(self, layers: npt.ArrayLike, indices: npt.ArrayLike) -> tuple[Indices, Indices]:
        """Expert, and number within it, of neurons by layer and number; -1 where there is none."""
        layers, indices = np.asarray(layers), np.asarray(indices)
        experts, inner = np.full((2, len(layers)), -1, dtype=np.int64)
        for one in self.ranges:
            own = indices - one.start
            there = (layers == one.layer) & (own >= 0) & (own < one.experts * one.size)
            experts[there], inner[there] = np.divmod(own[there], one.size)
        return experts, inner

    def add_to(self, table: pa.Table) -> pa.Table:
        """Table with columns `expert` and `expert_neuron` after `neuron`; null where there is none.

        A table without the columns `layer` and `neuron` is given back as it is, and so is each
        where the model has no experts.
        """
        if not {"layer", "neuron"} <= set(table.column_names):
            return table
        after = table.column_names.index("neuron") + 1
        for offset, (name, (values, missing)) in enumerate(self.columns(table).items()):
            table = table.add_column(after + offset, name, pa.array(values, mask=missing))
        return table

    def columns(self, table: Any) -> dict[str, tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]]:
        """Values of the columns `expert` and `expert_neuron`, and where there are none.

        Parameters
        ----------
        table
            With the columns `layer` and `neuron`. Where the model has no experts, nothing is added.
        """
        if not self.ranges:
            return {}
        found = self.place(np.asarray(table["layer"]), np.asarray(table["neuron"]))
        names = ("expert", "expert_neuron")
        return {n: (v.astype(np.int32), v < 0) for n, v in zip(names, found, strict=True)}


NO_EXPERTS = ExpertMap()
ROUTING = (
    "neurons of experts that the router did not choose have activation and gradient 0; the router "
    "of a block has chosen before its neurons are shifted, and those of later blocks may choose "
    "others after a shift, which no gradient shows"
)
"""What a reader of gradients and sweeps of a mixture of experts must know."""
