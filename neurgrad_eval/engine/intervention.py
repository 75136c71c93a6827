"""The one primitive: add a tensor to the neurons of every block at the read positions.

With `requires_grad` the tensor collects gradients; set non-zero it is the intervention. Nothing
else touches the model: weights are never rewritten, and no hook survives the `with` block,
whatever happens in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from neurgrad_eval.engine.answer_gradients import Space
from neurgrad_eval.models.gates import Gate
from neurgrad_eval.models.sites import Site


@dataclass
class Readings:
    """What the forward pass showed at the read positions, per layer, detached.

    Each tensor is [row, position, neuron]; `gate` is after the activation function. The gated
    readings stay empty where a block is not gated.
    """

    hidden: dict[int, Tensor] = field(default_factory=dict)
    gate: dict[int, Tensor] = field(default_factory=dict)
    up: dict[int, Tensor] = field(default_factory=dict)


@contextmanager
def intervening(
    sites: Sequence[Site],
    deltas: Sequence[Tensor],
    positions: Tensor | None = None,
    space: Space = "hidden",
) -> Iterator[Readings]:
    """Add `deltas` to the neurons during every forward pass inside the `with` block.

    Parameters
    ----------
    sites
        One per layer.
    deltas
        Per layer [row, copy, neuron], broadcast over rows and copies; a copy is a position of the
        pass, or a row of a batch that holds the copies of each row one after the other.
    positions
        Read position of each row [row, 1]; without them, all positions of the pass. Copies of a
        row, one after the other in the batch, are read at their row's position.
    space
        What is added to: `"hidden"`: h; `"up"`: the up-projection's output u. Since h = act(g)·u,
        that is carried out by adding the delta times act(g) to h, with the gate of the same pass,
        which earlier layers' deltas have moved.

    Yields
    ------
    Readings
        Filled by the forward pass: the neurons before anything is added.
    """
    readings = Readings()
    with ExitStack() as stack:
        for site, delta in zip(sites, deltas, strict=True):
            view = _View(delta.shape[0], delta.shape[1], positions)
            hook = _adder(readings, site.layer, delta, view, gated=space == "up")
            stack.callback(site.module.register_forward_pre_hook(hook).remove)
            if (gate := site.gate) is not None:
                stack.callback(_record_gate(readings, site.layer, gate, view))
                stack.callback(_record_up(readings, site.layer, gate, view))
        yield readings


@dataclass(frozen=True)
class _View:
    """Neurons as [row, position, neuron], however the model lays them out inside.

    Some blocks flatten rows and positions into one dimension, and copies of a row may be rows of a
    larger batch; the numbers always come in the order row, copy.
    """

    rows: int
    copies: int
    positions: Tensor | None

    def read(self, hidden: Tensor) -> Tensor:
        """Take the neurons at the read positions [row, position, neuron]."""
        if self.positions is not None:
            batch, position = self._index(hidden)
            hidden = self._sequences(hidden)[batch, position]
            return hidden.reshape(len(self.positions), -1, hidden.shape[-1])
        if self.rows > 1:
            return hidden.reshape(self.rows, -1, hidden.shape[-1])
        if self.copies > 1:
            return hidden.reshape(-1, self.copies, hidden.shape[-1])
        return hidden if hidden.ndim == 3 else hidden[None]

    def add(self, hidden: Tensor, delta: Tensor) -> Tensor:
        """Add to the neurons at the read positions; the layout stays."""
        delta = delta.to(device=hidden.device, dtype=hidden.dtype)
        if self.positions is None:
            return (self.read(hidden) + delta).reshape(hidden.shape)
        batch, position = self._index(hidden)
        shifted = self._sequences(hidden).clone()
        rows = len(self.positions)
        added = delta.expand(rows, len(batch) // rows, -1)
        shifted[batch, position] += added.reshape(len(batch), 1, -1)
        return shifted.reshape(hidden.shape)

    def _sequences(self, hidden: Tensor) -> Tensor:
        """As [sequence, token, neuron], the sequences being the copies of the rows."""
        if hidden.ndim == 3:
            return hidden
        assert self.positions is not None
        return hidden.reshape(len(self.positions), -1, hidden.shape[-1])

    def _index(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Index of every sequence, and of the read positions in it."""
        assert self.positions is not None
        sequences = len(self._sequences(hidden))
        copies = sequences // len(self.positions)
        position = self.positions.to(hidden.device).repeat_interleave(copies, dim=0)
        return torch.arange(sequences, device=hidden.device)[:, None], position


def _adder(readings: Readings, layer: int, delta: Tensor, view: _View, *, gated: bool) -> Any:
    def hook(_module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        readings.hidden[layer] = view.read(args[0]).detach()
        added = delta * readings.gate[layer] if gated else delta
        return (view.add(args[0], added), *args[1:])

    return hook


def _record_gate(readings: Readings, layer: int, gate: Gate, view: _View) -> Callable[[], None]:
    def hook(_module: nn.Module, _args: Any, output: Tensor) -> None:
        values = view.read(output)[..., gate.gate_columns].detach()
        readings.gate[layer] = gate.activation(values)

    return gate.gate.register_forward_hook(hook).remove


def _record_up(readings: Readings, layer: int, gate: Gate, view: _View) -> Callable[[], None]:
    def hook(_module: nn.Module, _args: Any, output: Tensor) -> None:
        readings.up[layer] = view.read(output)[..., gate.up_columns].detach()

    return gate.up.register_forward_hook(hook).remove
