"""The one primitive: add values to the neurons of every block at the read positions.

Zeros that require gradients collect them; values that are not zero are the intervention. Nothing
else touches the model: weights are never rewritten, and no hook survives the `with` block,
whatever happens in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mceval8k.errors import UsageError
from neurgrad_eval.engine.answer_gradients import Space
from neurgrad_eval.engine.seen import ReadAt, Readings, Seen, shown
from neurgrad_eval.models.experts import Slots
from neurgrad_eval.models.gates import Gate
from neurgrad_eval.models.sites import Site

__all__ = ["NO_SHIFTS", "ReadAt", "Readings", "Shift", "Shifts", "intervening"]


@dataclass(frozen=True)
class Shift:
    """Values that are added to single neurons of one layer, in every row."""

    copies: Tensor
    """Which copy [value]."""
    neurons: Tensor
    """Number within the layer [value]; distinct within a copy."""
    amounts: Tensor
    """In activation units [value]."""

    def of(self, site: Site) -> Shift | None:
        """The part that concerns one site, numbered within it; None if there is none."""
        neurons = self.neurons - site.start
        own = ((neurons >= 0) & (neurons < site.width)).nonzero()[:, 0]
        if not len(own):
            return None
        return Shift(self.copies[own], neurons[own], self.amounts[own])


Shifts = Mapping[int, Shift]
"""By layer."""
NO_SHIFTS: Shifts = {}


@contextmanager
def intervening(
    sites: Sequence[Site],
    at: ReadAt,
    shifts: Shifts = NO_SHIFTS,
    space: Space = "hidden",
    *,
    differentiate: bool = False,
) -> Iterator[Readings]:
    """Read the neurons, and shift or differentiate them, during a pass inside the `with` block.

    Parameters
    ----------
    sites
        The model's neurons.
    at
        Where they are read.
    shifts
        What is added. Neurons of experts that a token is not sent to are not there to be shifted,
        and the router of a block has chosen before its neurons are.
    space
        What is added to: `"hidden"`: h; `"up"`: the up-projection's output u. Since h = act(g)·u,
        that is carried out by adding the shift times act(g) to h, with the gate of the same pass,
        which earlier layers' shifts have moved.
    differentiate
        Add zeros that collect gradients, too (`Readings.leaves`).

    Yields
    ------
    Readings
        Filled by the pass.

    Raises
    ------
    UsageError
        A block runs more often in a pass than there are layers of it.
    """
    readings = Readings(sites)
    shared: dict[nn.Module, list[_Tap]] = {}
    for seen in readings.seen:
        own = shifts[seen.site.layer].of(seen.site) if seen.site.layer in shifts else None
        tap = _Tap(seen, at, own, space, differentiate)
        shared.setdefault(seen.site.module, []).append(tap)
    with ExitStack() as stack:
        for taps in shared.values():
            for remove in _attach(_Turns(taps)):
                stack.callback(remove)
        yield readings


@dataclass(frozen=True)
class _Tap:
    """Reads one site, and adds to its neurons."""

    seen: Seen
    at: ReadAt
    shift: Shift | None
    space: Space
    differentiate: bool

    def dense(self, hidden: Tensor) -> Tensor:
        """Continue with h [..., neuron]."""
        return self._moved(hidden, features=1)

    def experts(self, slots: Slots, gate: Gate | None) -> Tensor:
        """Continue with the hidden vectors of chosen experts."""
        seen = self.seen
        seen.chosen = self.at.take(slots.chosen)
        if gate is not None:
            projected = self.at.take(slots.projected, 2).detach()
            seen.gate = gate.activation(projected[..., gate.gate_columns])
            seen.up = projected[..., gate.up_columns]
        return self._moved(slots.hidden, features=2)

    def _moved(self, hidden: Tensor, features: int) -> Tensor:
        seen = self.seen
        seen.hidden = self.at.take(hidden, features).detach()
        if self.shift is not None:
            hidden = self.at.add(hidden, self._delta(self.shift, seen.hidden))
        if self.differentiate:
            seen.leaf = torch.zeros_like(seen.hidden, requires_grad=True)
            hidden = self.at.add(hidden, seen.leaf)
        return hidden

    def _delta(self, shift: Shift, hidden: Tensor) -> Tensor:
        """What is added to h, in the shape in which the site shows it."""
        delta, device = torch.zeros_like(hidden), hidden.device
        copies, neurons = shift.copies.to(device), shift.neurons.to(device)
        amounts = shift.amounts.to(hidden)
        if (experts := self.seen.site.experts) is None:
            delta[:, copies, neurons] = amounts
        else:
            assert self.seen.chosen is not None
            size = experts.weights.size
            there = self.seen.chosen[:, copies] == (neurons // size)[:, None]
            row, value, slot = there.nonzero(as_tuple=True)
            delta[row, copies[value], slot, (neurons % size)[value]] = amounts[value]
        return delta if self.space == "hidden" else delta * shown(self.seen, self.seen.gate)


class _Turns:
    """Taps of one module: each in turn, where several layers share a module's weights."""

    def __init__(self, taps: Sequence[_Tap]) -> None:
        self.taps = taps
        self.site = taps[0].seen.site
        self._runs = {"gate": 0, "up": 0, "hidden": 0}

    def next(self, what: Literal["gate", "up", "hidden"]) -> _Tap:
        """Tap whose layer runs now."""
        number = self._runs[what]
        if number == len(self.taps):
            raise UsageError(f"{self.site.name} runs more than {number} times in a pass")
        self._runs[what] = number + 1
        return self.taps[number]


def _attach(turns: _Turns) -> Iterator[Callable[[], None]]:
    """Attach taps to their module; yields what removes each hook."""
    site = turns.site
    if (experts := site.experts) is not None:
        yield experts.attach(lambda slots: turns.next("hidden").experts(slots, site.gate))
        return

    def add(_module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (turns.next("hidden").dense(args[0]), *args[1:])

    yield site.module.register_forward_pre_hook(add).remove
    if (gate := site.gate) is not None:
        yield gate.gate.register_forward_hook(_record_gate(turns, gate)).remove
        yield gate.up.register_forward_hook(_record_up(turns, gate)).remove


def _record_gate(turns: _Turns, gate: Gate) -> Any:
    def hook(_module: nn.Module, _args: Any, output: Tensor) -> None:
        tap = turns.next("gate")
        values = tap.at.take(output)[..., gate.gate_columns].detach()
        tap.seen.gate = gate.activation(values)

    return hook


def _record_up(turns: _Turns, gate: Gate) -> Any:
    def hook(_module: nn.Module, _args: Any, output: Tensor) -> None:
        tap = turns.next("up")
        tap.seen.up = tap.at.take(output)[..., gate.up_columns].detach()

    return hook
