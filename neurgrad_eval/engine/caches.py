"""Copies of a cache: keys and values, windows of them, and the states of recurrent layers alike."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


def select_rows(cache: Any, rows: Tensor) -> Any:
    """Copy rows of a cache; what is then run in the copy leaves the original as it is.

    Parameters
    ----------
    cache
        A transformers cache.
    rows
        Index of each row of the copy.
    """
    copied = copy.copy(cache)
    copied.layers = [_copy(layer) for layer in cache.layers]
    copied.reorder_cache(rows)  # each layer puts new tensors in the place of its own
    return copied


@contextmanager
def keeping_states(cache: Any) -> Iterator[None]:
    """Let gradients flow through passes that write over the states of recurrent layers.

    What a gradient needs of such a state is saved as a copy.
    """
    states = {
        state.data_ptr()
        for layer in cache.layers
        for kind in ("conv_states", "recurrent_states")
        for state in vars(layer).get(kind, {}).values()
        if state is not None
    }
    if not states:
        yield
        return

    def save(saved: Tensor) -> Tensor:
        return saved.clone() if saved.data_ptr() in states else saved

    with torch.autograd.graph.saved_tensors_hooks(save, lambda saved: saved):
        yield


def _copy(layer: Any) -> Any:
    """Copy a layer, but not its tensors."""
    copied = copy.copy(layer)
    for name, value in vars(layer).items():
        if isinstance(value, dict | list):
            setattr(copied, name, copy.copy(value))
    return copied
