"""The one primitive: add a tensor to the neurons of every block at the read positions.

With `requires_grad` the tensor collects gradients; set non-zero it is the intervention. Nothing
else touches the model: weights are never rewritten, and no hook survives the `with` block,
whatever happens in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from neurgrad_eval.sites import Site


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
    sites: Sequence[Site], deltas: Sequence[Tensor], positions: Tensor | None = None
) -> Iterator[Readings]:
    """Add `deltas` to the neurons during every forward pass inside the `with` block.

    Parameters
    ----------
    sites
        One per layer.
    deltas
        Per layer [row, position, neuron], broadcast over rows and positions.
    positions
        Read positions of each row [row, position]; without them, all positions of the pass.

    Yields
    ------
    Readings
        Filled by the forward pass: the neurons before anything is added.
    """
    readings = Readings()
    with ExitStack() as stack:
        for site, delta in zip(sites, deltas, strict=True):
            hook = _adder(readings, site.layer, delta, positions)
            stack.callback(site.module.register_forward_pre_hook(hook).remove)
            if site.gate is not None:
                gate = _recorder(readings.gate, site.layer, positions, site.gate.activation)
                up = _recorder(readings.up, site.layer, positions)
                stack.callback(site.gate.gate.register_forward_hook(gate).remove)
                stack.callback(site.gate.up.register_forward_hook(up).remove)
        yield readings


def _adder(readings: Readings, layer: int, delta: Tensor, positions: Tensor | None) -> Any:
    def hook(_module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        hidden = args[0]
        readings.hidden[layer] = _at(hidden, positions).detach()
        if positions is None:
            return (hidden + delta.to(hidden.dtype), *args[1:])
        shifted = hidden.clone()
        rows = torch.arange(len(hidden), device=hidden.device)[:, None]
        shifted[rows, positions] += delta.to(hidden.dtype)
        return (shifted, *args[1:])

    return hook


def _recorder(
    store: dict[int, Tensor], layer: int, positions: Tensor | None, function: Any = None
) -> Any:
    def hook(_module: nn.Module, _args: Any, output: Tensor) -> None:
        value = _at(output, positions).detach()
        store[layer] = value if function is None else function(value)

    return hook


def _at(values: Tensor, positions: Tensor | None) -> Tensor:
    if positions is None:
        return values
    rows = torch.arange(len(values), device=values.device)[:, None]
    return values[rows, positions]
