"""Mixtures of experts: the hidden vectors of the experts that a router chose.

Fused experts (all weights of a block in a few tensors) have no module between their projections
that a hook could be put on. While a tap is attached, such a module therefore runs by an equal path
that goes expert by expert and shows the hidden vectors [token, slot, neuron] on their way, a slot
being one of the experts that a token was sent to. Which weights mean what is found by trying: of
all ways to read a module, the one that gives the module's own output for random tokens is taken,
and where none does the model is refused.

h is what enters an expert's down-projection, before the routing weight multiplies what leaves it:
the routing weight is part of the gradient with respect to h.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from neurgrad_eval.models.devices import execution_device
from neurgrad_eval.models.expert_weights import Weights, bound, ways
from neurgrad_eval.models.gates import TRIALS, Gate, find_split
from neurgrad_eval.models.precision import exact_arithmetic

_TOKENS = 6
"""Random tokens that a module is tried with."""


@dataclass(frozen=True)
class Slots:
    """Hidden vectors of the experts that each token was sent to."""

    hidden: Tensor
    """h [token, slot, neuron]."""
    chosen: Tensor
    """Number of the expert [token, slot]; the number of experts where a slot has none."""
    projected: Tensor
    """What the up-projection gave, gate included [token, slot, column]."""


Tap = Callable[[Slots], Tensor]
"""Looks at slots; gives the hidden vectors to continue with."""


@dataclass(frozen=True, eq=False)
class Experts:
    """The routed experts of one block."""

    module: nn.Module
    """Runs all of them."""
    weights: Weights
    passes: bool
    """Whether an expert beyond those that have weights gives a token back as it is."""
    gate: Gate | None
    """Columns and activation of the gate; None where h is not activation(gate) · up."""

    @property
    def width(self) -> int:
        """Neurons of all experts."""
        return self.weights.count * self.weights.size

    def attach(self, tap: Tap) -> Callable[[], None]:
        """Show the hidden vectors to `tap` in every pass, after the taps that are attached.

        Returns
        -------
        Callable
            Removes the tap.
        """
        taps = _taps.setdefault(self.module, [])
        if not taps:
            _swap(self.module, lambda *args, **options: self._forward(taps, *args, **options))
        taps.append(tap)

        def remove() -> None:
            taps.remove(tap)
            if not taps:
                _restore(self.module)

        return remove

    def _forward(self, taps: Sequence[Tap], *args: Any, **options: Any) -> Tensor:
        calls: dict[str, Any] = {
            "chosen": self._chosen,
            "every": self._every,
            "sorted": self._sorted,
        }
        given = bound(self.module, *args, **options)
        out: Tensor = calls[self.weights.call](taps, *given)
        return out

    def _chosen(self, taps: Sequence[Tap], tokens: Tensor, chosen: Tensor, scale: Tensor) -> Tensor:
        """Output [token, column] for tokens [token, column] and their experts [token, slot]."""
        flat = tokens.reshape(-1, tokens.shape[-1])
        chosen = chosen.reshape(len(flat), -1).clamp(max=self.weights.count)
        rows = flat[:, None].expand(-1, chosen.shape[1], -1)
        out = self._run(taps, rows, chosen)
        if self.passes:
            out = torch.where((chosen == self.weights.count)[..., None], rows, out)
        weighted = out * scale.reshape(*chosen.shape, 1)
        return weighted.sum(1).to(tokens.dtype).reshape(tokens.shape)

    def _every(self, taps: Sequence[Tap], tokens: Tensor) -> Tensor:
        """Output [expert · token, column] for tokens that are zero where they are not chosen."""
        count = self.weights.count
        by_token = tokens.reshape(count, -1, tokens.shape[-1]).transpose(0, 1)
        sent = by_token.detach().ne(0).any(-1)
        slots = max(int(sent.sum(1).max()), 1)
        order = sent.int().argsort(dim=1, descending=True, stable=True)[:, :slots]
        chosen = torch.where(sent.gather(1, order), order, count)
        index = order[..., None].expand(-1, -1, tokens.shape[-1])
        out = self._run(taps, by_token.gather(1, index), chosen)
        spread = torch.zeros_like(by_token).scatter(1, index, out.to(tokens.dtype))
        return spread.transpose(0, 1).reshape(tokens.shape)

    def _sorted(self, taps: Sequence[Tap], tokens: Tensor) -> Tensor:
        """Output [row, token, column] for tokens that a router sorts by expert."""
        module: Any = self.module
        flat = tokens.reshape(-1, tokens.shape[-1])
        order, _, scale, sizes, *_ = module.router(flat)
        numbers = torch.arange(self.weights.count, device=order.device)
        experts = numbers.repeat_interleave(torch.tensor(sizes, device=order.device))
        back = order.argsort()
        chosen = experts[back].reshape(len(flat), -1)
        out: Tensor = self._chosen(taps, tokens, chosen, scale[back]) + module.bias
        return out

    def _run(self, taps: Sequence[Tap], rows: Tensor, chosen: Tensor) -> Tensor:
        """Down-projections [token, slot, column]; zeros where a slot has no expert."""
        weights = self.weights
        projected = _grouped(weights.project, rows, chosen, weights.count)
        hidden = weights.activate(projected)
        for tap in taps:
            hidden = tap(Slots(hidden, chosen, projected))
        return _grouped(weights.back, hidden, chosen, weights.count)


_taps: WeakKeyDictionary[nn.Module, list[Tap]] = WeakKeyDictionary()


def find_experts(module: nn.Module) -> Experts | None:
    """Find how a module of fused experts is read; None if it is none, or in no known way."""
    for weights in ways(module):
        for passes in (False, True) if weights.passes else (False,):
            found = Experts(module, weights, passes, None)
            if _agrees(found):
                return replace(found, gate=_gate(weights, module))
    return None


def scattered(values: Tensor, chosen: Tensor, count: int) -> Tensor:
    """Values [..., slot, neuron] of chosen experts among those of all, [..., expert · neuron].

    Experts that were not chosen have 0.

    Parameters
    ----------
    values
        Of the experts in each slot.
    chosen
        Number of the expert [..., slot]; `count` where a slot has none.
    count
        Number of experts.
    """
    every = values.new_zeros(*values.shape[:-2], count + 1, values.shape[-1])
    index = chosen[..., None].expand_as(values)
    return every.scatter(-2, index, values)[..., :count, :].flatten(-2)


def _grouped(
    linear: Callable[[int, Tensor], Tensor], rows: Tensor, chosen: Tensor, count: int
) -> Tensor:
    """Give the rows [token, slot, column] of each expert to its projection together."""
    flat, experts = rows.reshape(-1, rows.shape[-1]), chosen.reshape(-1)
    order = experts.argsort(stable=True)
    sizes = torch.bincount(experts, minlength=count + 1).tolist()
    groups = torch.split(flat[order], sizes)
    parts = [linear(number, own) for number, own in enumerate(groups[:count]) if len(own)]
    if sizes[count]:
        width = parts[0].shape[-1] if parts else linear(0, flat[:1]).shape[-1]
        # Zeros that depend on the rows: where no slot has an expert, gradients are 0, not missing.
        parts.append((groups[count][:, :1] * 0).expand(-1, width))
    together = torch.cat(parts)[order.argsort()]
    return together.reshape(*chosen.shape, together.shape[-1])


def _swap(module: nn.Module, forward: Callable[..., Tensor]) -> None:
    """Run `forward` in place of the module's own; Accelerate's hooks stay around it."""
    name = "_old_forward" if hasattr(module, "_hf_hook") else "forward"
    kept = vars(module).get(name)
    setattr(module, name, forward)
    _kept[module] = (name, kept)


def _restore(module: nn.Module) -> None:
    name, kept = _kept.pop(module)
    if kept is None:
        delattr(module, name)
    else:
        setattr(module, name, kept)


_kept: WeakKeyDictionary[nn.Module, tuple[str, Any]] = WeakKeyDictionary()


@torch.no_grad()
def _agrees(experts: Experts) -> bool:
    """Whether the path expert by expert gives the module's own output for random tokens."""
    try:
        given = _trial(experts)
        with exact_arithmetic(experts.module):
            expected = experts.module(*given).double().flatten()
            remove = experts.attach(lambda slots: slots.hidden)
            try:
                found = experts.module(*given).double().flatten()
            finally:
                remove()
        error = float((found - expected).norm() / expected.norm())
    except (RuntimeError, TypeError, ValueError, IndexError, AttributeError, NotImplementedError):
        return False  # shapes, types or arguments that are not those of this way
    return error < 1000 * torch.finfo(torch.float32).eps


def _trial(experts: Experts) -> list[Tensor]:
    """Random tokens, the first and the last expert among those that they are sent to."""
    weights, generator = experts.weights, torch.Generator().manual_seed(0)
    dtype, device = next(experts.module.parameters()).dtype, execution_device(experts.module)
    if weights.call == "every":
        tokens = torch.randn(weights.count, _TOKENS, weights.inputs, generator=generator)
        sent = torch.rand(weights.count, _TOKENS, 1, generator=generator) < 0.5
        return [(tokens * sent).reshape(-1, weights.inputs).to(device, dtype)]
    tokens = torch.randn(_TOKENS, weights.inputs, generator=generator).to(device, dtype)
    if weights.call == "sorted":
        return [tokens[None]]
    count = weights.count + weights.passes
    steps = torch.arange(min(2, count))
    chosen = (torch.arange(_TOKENS)[:, None] * max(count // _TOKENS, 1) + steps) % count
    chosen[-1] = count - 1 - steps
    scale = torch.rand(chosen.shape, generator=generator)
    return [tokens, chosen.to(device), scale.to(device, dtype)]


def _gate(weights: Weights, module: nn.Module) -> Gate | None:
    """Columns and activation of the gate, by what the experts make of random columns."""
    size = TRIALS, 2 * weights.size
    projected = torch.randn(size, generator=torch.Generator().manual_seed(0))
    projected = projected.to(execution_device(module), next(module.parameters()).dtype)
    try:
        return find_split(module, weights.activate, projected, weights.size)
    except (RuntimeError, TypeError):  # not of two halves
        return None
