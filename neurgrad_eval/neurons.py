"""Neurons: by layer and index within it, or by one flat number, layer after layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

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
    """Raise UsageError if a model has fewer neurons than are asked."""
    if count > (there := sum(widths)):
        raise UsageError(f"{count} neurons are asked; the model has {there}")


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
