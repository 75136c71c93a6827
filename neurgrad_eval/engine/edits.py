"""Edits of single neurons during whatever a model computes: set, scaled, or added to.

Only the modules that are edited get a hook, and only the neurons that are named are touched, so
that an edit costs nothing where there is none and goes with key-value caches. Where the router of a
mixture of experts has not chosen a neuron's expert, there is nothing to edit. "The last position"
is the last of each forward pass; where this package runs a prompt in two parts (`reading`), it is
every token of the second one, and none of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mceval8k.errors import UsageError
from neurgrad_eval.models.passes import decoder_embeddings
from neurgrad_eval.models.sites import Site, widths
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
    """One kind of edit of one site, whose neurons are numbered within it."""

    kind: Literal["set", "scale", "add"]
    neurons: list[int]
    values: list[float]

    def apply(self, hidden: Tensor) -> None:
        """Change the neurons of hidden [..., neuron] in place."""
        values = torch.tensor(self.values, dtype=hidden.dtype, device=hidden.device)
        hidden[..., self.neurons] = self._changed(hidden[..., self.neurons], values)

    def apply_to_experts(self, hidden: Tensor, chosen: Tensor) -> None:
        """Change the neurons of the experts `chosen` [..., slot] in hidden [..., slot, neuron]."""
        values = torch.tensor(self.values, dtype=hidden.dtype, device=hidden.device)
        for neuron, value in zip(self.neurons, values, strict=True):
            expert, index = divmod(neuron, hidden.shape[-1])
            own = hidden[..., index]
            hidden[..., index] = torch.where(chosen == expert, self._changed(own, value), own)

    def _changed(self, own: Tensor, values: Tensor) -> Tensor:
        if self.kind == "scale":
            return own * values
        return own + values if self.kind == "add" else values.expand_as(own)


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
    requested = {
        "set": _edits("set", set),
        "scale": _edits("scale", scale),
        "add": _edits("add", add),
    }
    neurons = [neuron for edits in requested.values() for neuron in edits]
    check_neurons(widths(sites), neurons)
    with ExitStack() as stack:
        now = _Pass()
        embeddings = decoder_embeddings(model)
        stack.callback(embeddings.register_forward_pre_hook(now.begin).remove)
        for module, of in _by_module(sites).items():
            changes = [_of_site(requested, site) for site in of]
            if any(changes):
                stack.callback(_attach(of[0], _Editor(module, changes, at, now)))
        yield


def _by_module(sites: Sequence[Site]) -> dict[nn.Module, list[Site]]:
    """Sites of each module, by layer; several where layers share their weights."""
    found: dict[nn.Module, list[Site]] = {}
    for site in sites:
        found.setdefault(site.module, []).append(site)
    return found


def _edits(name: str, edits: Any) -> dict[Neuron, float]:
    try:
        return {(int(layer), int(i)): float(value) for (layer, i), value in (edits or {}).items()}
    except (AttributeError, TypeError, ValueError):
        raise UsageError(f"{name}: give a dictionary of {{(layer, neuron): number}}") from None


def _of_site(requested: Mapping[Any, Mapping[Neuron, float]], site: Site) -> list[_Change]:
    own = {
        kind: {
            index - site.start: value
            for (layer, index), value in edits.items()
            if layer == site.layer and 0 <= index - site.start < site.width
        }
        for kind, edits in requested.items()
    }
    return [_Change(kind, [*e.keys()], [*e.values()]) for kind, e in own.items() if e]


class _Pass:
    """What is known of the pass that runs."""

    rows = 1
    """Its rows, for blocks that flatten rows and positions into one dimension."""

    def __init__(self) -> None:
        self.runs: dict[nn.Module, int] = {}
        """How often each module has run."""

    def begin(self, _module: nn.Module, args: tuple[Any, ...]) -> None:
        """Look at the token ids [row, position] that go into the embeddings."""
        self.rows = len(args[0])
        self.runs.clear()


@dataclass(frozen=True)
class _Editor:
    """Carries out the changes of the layers that run one module."""

    module: nn.Module
    changes: Sequence[Sequence[_Change]]
    """Of each layer that runs it, in their order."""
    at: At
    now: _Pass

    def edit(self, hidden: Tensor, chosen: Tensor | None = None) -> Tensor:
        """Hidden vectors [..., neuron], or [token, slot, neuron] of chosen experts, changed."""
        run = self.now.runs.get(self.module, 0)
        self.now.runs[self.module] = run + 1
        changes = self.changes[run % len(self.changes)]
        part = _part.get()
        if not changes or (self.at == "last" and part == "beginning"):
            return hidden
        edited = hidden.clone(memory_format=torch.contiguous_format)
        where, experts = self._where(edited, 1 if chosen is None else 2), chosen
        if chosen is not None:
            experts = self._where(chosen, 1)
        for change in changes:
            if experts is None:
                change.apply(where)
            else:
                change.apply_to_experts(where, experts)
        return edited

    def _where(self, values: Tensor, features: int) -> Tensor:
        """View of the values that are edited: all, or those of each row's last token."""
        if self.at == "all" or _part.get() != "whole":
            return values
        return values.view(self.now.rows, -1, *values.shape[values.ndim - features :])[:, -1]


def _attach(site: Site, editor: _Editor) -> Callable[[], None]:
    if site.experts is not None:
        return site.experts.attach(lambda slots: editor.edit(slots.hidden, slots.chosen))

    def hook(_module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (editor.edit(args[0]), *args[1:])

    return site.module.register_forward_pre_hook(hook).remove
