"""How the weights of fused experts are read: all ways that a module's shapes allow.

`experts.find_experts` takes the way that gives the module's own output.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Call = Literal["chosen", "every", "sorted"]


@dataclass(frozen=True)
class Weights:
    """How the weights of a module of experts are read; every function takes [row, column]."""

    count: int
    """Number of experts."""
    size: int
    """Width of an expert's hidden vector."""
    inputs: int
    """Width of what an expert is given."""
    project: Callable[[int, Tensor], Tensor]
    """The up-projection of an expert."""
    activate: Callable[[Tensor], Tensor]
    """Its hidden vector."""
    back: Callable[[int, Tensor], Tensor]
    """The down-projection of an expert, with what is done to its output."""
    call: Call
    """What the module is given: `"chosen"`: tokens, the experts chosen for each and their weights;
    `"every"`: all tokens for each expert, zeros where it is not chosen; `"sorted"`: tokens, which
    a router of its own sorts by expert."""
    passes: int = 0
    """Experts beyond those that have weights, which may give a token back as it is."""


def _parameters(module: nn.Module) -> list[str]:
    """Names of what the module's class takes."""
    names = list(inspect.signature(type(module).forward).parameters)
    return names[1:]


def bound(module: nn.Module, *args: Any, **options: Any) -> list[Any]:
    """Arguments in the order of the class's signature."""
    names = _parameters(module)
    return [*args, *(options[name] for name in names[len(args) :])]


def _direct(module: nn.Module) -> dict[str, Tensor]:
    """Parameters of the module's own with one matrix per expert."""
    own = dict(module.named_parameters(recurse=False))
    return {name: values for name, values in own.items() if values.ndim == 3}


def ways(module: nn.Module) -> Iterator[Weights]:
    """All ways to read a module's weights that its shapes allow."""
    if len(_parameters(module)) not in (1, 3):
        return
    own = _direct(module)
    up = own.get("gate_up_proj", own.get("up_proj"))
    down = own.get("down_proj")
    if up is not None and down is not None:
        for transposed in (False, True):
            yield from _stacked(module, "gate_up_proj" in own, up, down, transposed=transposed)
    yield from _rows_of_all(module)
    yield from _sorted(module)


def _stacked(
    module: Any, gated: bool, up: Tensor, down: Tensor, *, transposed: bool
) -> Iterator[Weights]:
    """Tensors [expert, out, in], or [expert, in, out] where `transposed`."""
    up_name = "gate_up_proj" if gated else "up_proj"
    size = down.shape[1 if transposed else 2]
    width = up.shape[2 if transposed else 1]
    if width not in ((2 * size,) if gated else (size,)):
        return
    norm = getattr(module, "post_expert_norm", None) or (lambda rows: rows)

    def linear(name: str, expert: int, rows: Tensor) -> Tensor:
        weight, bias = getattr(module, name)[expert], getattr(module, f"{name}_bias", None)
        matrix = weight.T if transposed else weight
        return functional.linear(rows, matrix, None if bias is None else bias[expert])

    def back(expert: int, rows: Tensor) -> Tensor:
        out: Tensor = norm(linear("down_proj", expert, rows))
        return out

    def project(expert: int, rows: Tensor) -> Tensor:
        return linear(up_name, expert, rows)

    inputs = up.shape[1 if transposed else 2]
    activate = _activation(module, gated=gated)
    call: Call = "every" if len(_parameters(module)) == 1 else "chosen"
    beyond = max(len(up) - len(down), 0)
    yield Weights(len(down), size, inputs, project, activate, back, call, beyond)


def _activation(module: Any, *, gated: bool) -> Callable[[Tensor], Tensor]:
    if not gated:
        activation: Callable[[Tensor], Tensor] = module.act_fn
        return activation
    if hasattr(module, "_apply_gate"):
        own: Callable[[Tensor], Tensor] = module._apply_gate
        return own
    return _halves(module, "act_fn")


def _halves(module: Any, activation: str) -> Callable[[Tensor], Tensor]:
    """Activation of the first half times the second."""

    def activate(projected: Tensor) -> Tensor:
        gate, up = projected.chunk(2, dim=-1)
        product: Tensor = getattr(module, activation)(gate) * up
        return product

    return activate


def _rows_of_all(module: Any) -> Iterator[Weights]:
    """Matrices of all experts, one below the other in three tensors of a child (DBRX)."""
    inner: Any = getattr(module, "mlp", None)
    names = ("w1", "v1", "w2")
    if not all(isinstance(getattr(inner, name, None), nn.Parameter) for name in names):
        return
    count = getattr(module, "num_experts", 0)
    rows = len(inner.w1)
    if not count or rows % count or not hasattr(inner, "activation_fn"):
        return
    size = rows // count

    def matrix(name: str, expert: int) -> Tensor:
        weight: Tensor = getattr(inner, name)
        return weight[expert * size : (expert + 1) * size]

    def project(expert: int, tokens: Tensor) -> Tensor:
        return functional.linear(tokens, torch.cat([matrix("w1", expert), matrix("v1", expert)]))

    def back(expert: int, hidden: Tensor) -> Tensor:
        return hidden @ matrix("w2", expert)

    activate = _halves(inner, "activation_fn")
    yield Weights(count, size, inner.w1.shape[1], project, activate, back, "chosen")


def _sorted(module: Any) -> Iterator[Weights]:
    """Tensors [expert, out, in] of two children, which take tokens sorted by expert (JetMoE)."""
    children = (getattr(module, name, None) for name in ("input_linear", "output_linear"))
    up, down = (getattr(child, "weight", None) for child in children)
    if not isinstance(up, nn.Parameter) or not isinstance(down, nn.Parameter):
        return
    held = hasattr(module, "router") and hasattr(module, "activation")
    if up.ndim != 3 or down.ndim != 3 or not held:
        return

    def project(expert: int, rows: Tensor) -> Tensor:
        return functional.linear(rows, module.input_linear.weight[expert])

    def back(expert: int, rows: Tensor) -> Tensor:
        return functional.linear(rows, module.output_linear.weight[expert])

    activate = _halves(module, "activation")
    yield Weights(len(down), down.shape[2], up.shape[2], project, activate, back, "sorted")
