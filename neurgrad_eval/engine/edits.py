"""Edits of single neurons during whatever a model computes: set, scaled, or added to.

Only the layers that are edited get a hook, and only the neurons that are named are touched, so that
an edit costs nothing where there is none and goes with key-value caches. "The last position" is
the last of each forward pass; where this package runs a prompt in two parts (`reading`), it is
every token of the second one, and none of the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mceval8k.errors import UsageError
from neurgrad_eval.models.sites import Site
from neurgrad_eval.neurons import Neuron, check_neurons

At = Literal["last", "all"]
Part = Literal["whole", "beginning", "last"]
Edits = Mapping[Neuron, float]
_part: ContextVar[Part] = ContextVar("part", default="whole")


@contextmanager
def reading(part: Part) -> Iterator[None]:
    """Say which part of a prompt is run inside the `with` block."""
    token = _part.set(part)
    try:
        yield
    finally:
        _part.reset(token)


@dataclass(frozen=True)
class _Change:
    """One kind of edit of one layer."""

    kind: Literal["set", "scale", "add"]
    neurons: list[int]
    values: list[float]

    def apply(self, hidden: Tensor) -> None:
        """Change the neurons of hidden [..., neuron] in place."""
        values = torch.tensor(self.values, dtype=hidden.dtype, device=hidden.device)
        if self.kind != "set":
            own = hidden[..., self.neurons]
            values = own * values if self.kind == "scale" else own + values
        hidden[..., self.neurons] = values


@contextmanager
def editing(
    model: Any,
    sites: Sequence[Site],
    *,
    add: Edits | None = None,
    scale: Edits | None = None,
    set: Edits | None = None,  # noqa: A002 - what it does
    at: At = "last",
) -> Iterator[None]:
    """Edit neurons during every forward pass inside the `with` block.

    Parameters
    ----------
    model
        A transformers language model.
    sites
        Its neurons.
    add, scale, set
        By (layer, neuron): what is added, multiplied with, or set, in activation units. Of one
        neuron they are carried out in the order set, scale, add.
    at
        `"last"`: at the last position of each pass, which predicts the next token; rows of a batch
        must then end together (padding on the left). `"all"`: at every position.

    Raises
    ------
    UsageError
        Nothing is edited, or a neuron does not exist.
    """
    if at not in ("last", "all"):
        raise UsageError(f"at {at!r} is neither 'last' nor 'all'")
    asked = {"set": _edits("set", set), "scale": _edits("scale", scale), "add": _edits("add", add)}
    neurons = [neuron for edits in asked.values() for neuron in edits]
    check_neurons([site.width for site in sites], neurons)
    with ExitStack() as stack:
        rows = _Rows()
        embeddings = model.get_input_embeddings()
        stack.callback(embeddings.register_forward_pre_hook(rows.count).remove)
        for layer in sorted({layer for layer, _ in neurons}):
            hook = _hook(_of_layer(asked, layer), at, rows)
            stack.callback(sites[layer].module.register_forward_pre_hook(hook).remove)
        yield


def _edits(name: str, edits: Any) -> dict[Neuron, float]:
    try:
        return {(int(layer), int(i)): float(value) for (layer, i), value in (edits or {}).items()}
    except (AttributeError, TypeError, ValueError):
        raise UsageError(f"{name}: give a dictionary of {{(layer, neuron): number}}") from None


def _of_layer(asked: Mapping[Any, Mapping[Neuron, float]], layer: int) -> list[_Change]:
    own = {
        kind: {index: value for (of, index), value in edits.items() if of == layer}
        for kind, edits in asked.items()
    }
    return [_Change(kind, [*e.keys()], [*e.values()]) for kind, e in own.items() if e]


class _Rows:
    """How many rows a pass has, for blocks that flatten rows and positions into one dimension."""

    number = 1

    def count(self, _module: nn.Module, args: tuple[Any, ...]) -> None:
        """Look at the token ids [row, position] that go into the embeddings."""
        self.number = len(args[0])


def _hook(changes: Sequence[_Change], at: At, rows: _Rows) -> Any:
    def hook(_module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        hidden: Tensor = args[0]
        part = _part.get()
        if at == "last" and part == "beginning":
            return None
        edited = hidden.clone(memory_format=torch.contiguous_format)
        where = edited
        if at == "last" and part == "whole":
            by_row = edited if edited.ndim == 3 else edited.view(rows.number, -1, edited.shape[-1])
            where = by_row[:, -1]
        for change in changes:
            change.apply(where)
        return (edited, *args[1:])

    return hook
