"""Neurons by one number: layer after layer, and within a layer by index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


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
