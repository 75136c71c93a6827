"""Gated feed-forward layers: which module gives the gate, which the up-projection.

Found by trying, without names: the layer is given random vectors, and of all ways to read it as
h = activation(gate) · up, from two projections or from the halves of one, the way that gives the
vector that really enters the down-projection is taken. A layer whose h is anything else, such as a
normalised product, has no gate here, since the rescaling would not be exact for it. 16-bit weights
compute in float32 here, where rounding does not hide a limit or another activation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurgrad_eval.models.devices import execution_device
from neurgrad_eval.models.precision import SHORT, exact_arithmetic
from neurgrad_eval.models.projections import compute_dtype, is_projection, shape

_CALLED = (functional.silu, functional.gelu, functional.relu)
_SPREADS = torch.tensor([3.0, 3.0, 3.0, 3.0, 30.0, 30.0, 30.0, 30.0])[:, None]
"""Standard deviation of the gate's input in each trial: the activation is far from linear, and
limits are reached."""
TRIALS = len(_SPREADS)


@dataclass(frozen=True)
class Gate:
    """The gated half of a feed-forward layer: h = activation(gate) · up."""

    gate: nn.Module
    up: nn.Module
    """Equal to `gate` where one projection gives both halves."""
    activation: Callable[[Tensor], Tensor]
    gate_columns: slice = field(default_factory=lambda: slice(None))
    """Which outputs of `gate` are the gate."""
    up_columns: slice = field(default_factory=lambda: slice(None))
    """Which outputs of `up` are the up-projection."""

    def product(self, outputs: dict[nn.Module, Tensor]) -> Tensor:
        """What h would be, from the projections' outputs."""
        gate = outputs[self.gate][..., self.gate_columns]
        return self.activation(gate) * outputs[self.up][..., self.up_columns]


def find_gate(layer: nn.Module, down: nn.Module, width: int, dtype: torch.dtype) -> Gate | None:
    """Find how a feed-forward layer's hidden vector is gated.

    Parameters
    ----------
    layer
        The module that holds the projections as direct children.
    down
        Its down-projection.
    width
        Width of the vector that enters it.
    dtype
        In which the layer computes where its weights are quantised.

    Returns
    -------
    Gate or None
        None where h is not activation(gate) · up.
    """
    projections = [
        child
        for child in layer.children()
        if child is not down and is_projection(child) and _outputs(child) >= width
    ]
    candidates = list(_candidates(layer, projections, width))
    if not candidates:
        return None
    with exact_arithmetic(layer):
        tried = _try(layer, down, projections, dtype)
        if tried is None:
            return None
        hidden, outputs = tried
        errors = [_error(candidate, hidden, outputs) for candidate in candidates]
    return _best(candidates, errors, hidden)


def find_split(
    layer: nn.Module, activate: Callable[[Tensor], Tensor], projected: Tensor, width: int
) -> Gate | None:
    """Find which columns of one projection's output are the gate, and its activation.

    Parameters
    ----------
    layer
        The module that holds the activation, itself or in a child.
    activate
        Makes hidden vectors of the projection's output.
    projected
        Random columns of such outputs, `TRIALS` of them [row, column].
    width
        Width of a hidden vector.

    Returns
    -------
    Gate or None
        Whose projection is `layer`; None where h is not activation(gate) · up.
    """
    with torch.no_grad(), exact_arithmetic(layer):
        outputs = {layer: projected * _SPREADS.to(projected)}
        hidden = activate(outputs[layer])
        every = slice(0, width), slice(width, 2 * width)
        turns = slice(0, None, 2), slice(1, None, 2)
        candidates = [
            Gate(layer, layer, activation, *columns)
            for held in (layer, *layer.children())
            for activation in _activations(held)
            for halves in (every, turns)
            for columns in permutations(halves)
        ]
        errors = [_error(candidate, hidden, outputs) for candidate in candidates]
    return _best(candidates, errors, hidden)


def _best(candidates: list[Gate], errors: list[float], hidden: Tensor) -> Gate | None:
    """Candidate of the least error, if that is no more than rounding."""
    if not candidates:
        return None
    best = min(range(len(errors)), key=errors.__getitem__)
    # 16 bits, where kernels compute in nothing else, round the activation and the product.
    steps = 2 if hidden.dtype in SHORT else 10
    return candidates[best] if errors[best] < steps * torch.finfo(hidden.dtype).eps else None


def _candidates(layer: nn.Module, projections: list[nn.Module], width: int) -> Iterator[Gate]:
    halves = slice(0, width), slice(width, 2 * width)
    for activation in _activations(layer):
        separate = [p for p in projections if _outputs(p) == width]
        for gate, up in permutations(separate, 2):
            yield Gate(gate, up, activation)
        for fused in projections:
            if _outputs(fused) == 2 * width:
                for gate_columns, up_columns in permutations(halves):
                    yield Gate(fused, fused, activation, gate_columns, up_columns)


def _activations(layer: nn.Module) -> Iterator[Callable[[Tensor], Tensor]]:
    """Functions of one tensor: those that the layer holds, then those that it may call."""
    for child in layer.children():
        if not isinstance(child, nn.Dropout) and next(child.parameters(), None) is None:
            yield child
    for name, value in vars(layer).items():
        if callable(value) and not name.startswith("_") and name != "forward":
            yield value
    yield from _CALLED


def _try(
    layer: nn.Module, down: nn.Module, projections: list[nn.Module], dtype: torch.dtype
) -> tuple[Tensor, dict[nn.Module, Tensor]] | None:
    """Run the layer on random vectors: the down-projection's input, the projections' outputs."""
    first = projections[0]
    dtype, device = compute_dtype(first, dtype), execution_device(first)
    size = 1, TRIALS, shape(first)[0]
    random = torch.randn(size, generator=torch.Generator().manual_seed(0))
    seen: dict[nn.Module, Tensor] = {}

    def record_input(module: nn.Module, args: tuple[Any, ...]) -> None:
        seen[module] = args[0]

    def record_output(module: nn.Module, _args: Any, output: Tensor) -> None:
        seen[module] = output

    handles = [projection.register_forward_hook(record_output) for projection in projections]
    handles.append(down.register_forward_pre_hook(record_input))
    try:
        with torch.no_grad():
            layer(random.to(device, dtype))
            spread = seen[first].float().std().clamp(min=1e-6).cpu()
            layer((random * (_SPREADS / spread)).to(device, dtype))
    except (TypeError, RuntimeError, KeyError):  # not a layer of one vector: not a gated one
        return None
    finally:
        for handle in handles:
            handle.remove()
    return seen.pop(down), seen


def _error(gate: Gate, hidden: Tensor, outputs: dict[nn.Module, Tensor]) -> float:
    """Relative difference of a trial's product from its hidden vector, the largest."""
    try:
        product = gate.product({module: _wide(output) for module, output in outputs.items()})
        return float(((product - hidden).norm(dim=-1) / hidden.norm(dim=-1)).max())
    except (TypeError, RuntimeError, AttributeError, KeyError):  # not a function of one tensor
        return float("inf")


def _wide(values: Tensor) -> Tensor:
    return values.float() if values.dtype in SHORT else values


def _outputs(projection: nn.Module) -> int:
    return shape(projection)[1]
