"""What a forward pass shows of prompts, plainly and by a strategy, and how far the two differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from neurgrad_eval.engine.batching import run_in_batches
from neurgrad_eval.engine.gradients import differentiated
from neurgrad_eval.engine.intervention import (
    NO_SHIFTS,
    ReadAt,
    Readings,
    Shift,
    Shifts,
    intervening,
)
from neurgrad_eval.engine.reading import body_maker, read
from neurgrad_eval.engine.strategies import Strategy
from neurgrad_eval.models.answer_position import AnswerPosition
from neurgrad_eval.models.devices import input_device
from neurgrad_eval.models.passes import takes
from neurgrad_eval.models.precision import exact_arithmetic
from neurgrad_eval.models.sites import Site

_SHIFT = 0.5  # of a neuron's activation
_COPIES = 2  # of each prompt: as it is, and shifted

Values = Mapping[str, Tensor]
"""Logits, neurons and gradients by name: each tensor is [row, copy, ...], on the CPU."""


@dataclass(frozen=True)
class Passes:
    """A model, and the prompts that it is given by one way and by another."""

    model: Any
    sites: Sequence[Site]
    prompts: Sequence[Sequence[int]]
    answer_at: AnswerPosition
    float32: bool
    """Whether 16-bit weights compute in float32."""
    gradients: bool
    """Whether what is read is differentiated, too."""
    rounded: bool = False
    """Whether 16-bit weights do so only at the position that is read (`by`)."""

    def plain(self) -> Values:
        """Run each prompt alone through the model as it is, then again with its neurons shifted."""
        with self._arithmetic():
            rest = [self._alone(row, 0, NO_SHIFTS) for row in range(len(self.prompts))]
            shifts = self._shifts(rest[0], copy=0)
            shifted = [self._alone(row, 1, shifts) for row in range(len(self.prompts))]
        rows = [_side_by_side(*pair) for pair in zip(rest, shifted, strict=True)]
        return {name: torch.cat([row[name] for row in rows]) for name in rows[0]}

    def changed(self, plain: Values) -> float:
        """Run the first prompt plainly again: relative difference of logits and neurons."""
        with self._arithmetic():
            again = replace(self, gradients=False)._alone(0, 0, NO_SHIFTS)
        return difference(again, {name: plain[name][:1, :1] for name in again})

    def plain_logits(self, prompt: Sequence[int]) -> Tensor:
        """Run a prompt alone: logits at every token [token, vocabulary]."""
        with self._arithmetic(), torch.no_grad():
            return self._forward(prompt)[0].cpu()

    def by(self, strategy: Strategy, plain: Values) -> Values:
        """Run the prompts in batches, with both copies of each, shifted as they were plainly."""
        parts = list(self._batches(strategy, plain))
        order = torch.tensor([index for indices, _ in parts for index in indices]).argsort()
        return {name: torch.cat([part[name] for _, part in parts])[order] for name in plain}

    def _batches(self, strategy: Strategy, plain: Values) -> Iterator[tuple[list[int], Values]]:
        before = nullcontext if self.rounded else self._arithmetic
        with before():
            make = body_maker(self.model, self.prompts, self.answer_at, strategy)
        shifts = self._shifts(plain, copy=1)

        def run(indices: list[int]) -> Values:
            with before():
                body = make(indices)
            # A token of its own for each row and copy, of which no pass may take another's.
            tokens = _COPIES * torch.tensor(indices)[:, None] + torch.arange(_COPIES)
            with self._arithmetic():
                return self._measure(
                    tokens, body.positions, shifts, lambda: read(self.model, body, _COPIES)
                )

        lengths = [len(prompt) for prompt in self.prompts]
        return run_in_batches(
            lengths, run, batch_size=len(lengths), equal_lengths=not strategy.pads
        )

    def _alone(self, row: int, copy: int, shifts: Shifts) -> Values:
        prompt = self.prompts[row]
        position = self.answer_at.among(prompt)
        return self._measure(
            torch.tensor([[_COPIES * row + copy]]),
            torch.tensor([[position]], device=input_device(self.model)),
            shifts,
            lambda: self._forward(prompt)[:, [position]],
        )

    def _forward(self, prompt: Sequence[int]) -> Tensor:
        ids = torch.tensor([list(prompt)], device=input_device(self.model))
        inputs: dict[str, Any] = {"input_ids": ids}
        if takes(self.model, "use_cache"):
            inputs["use_cache"] = False
        if start := self.answer_at.decoder_start:
            inputs["decoder_input_ids"] = ids.new_tensor([start])
        if self.answer_at.mask_id is not None and takes(self.model, "attention_mask"):
            inputs["attention_mask"] = torch.ones_like(ids)
        logits: Tensor = self.model(**inputs).logits
        return logits

    def _measure(
        self, tokens: Tensor, positions: Tensor | None, shifts: Shifts, run: Callable[[], Tensor]
    ) -> Values:
        """Logits, neurons, and gradients of log p(token) [row, copy] of a pass."""
        at = ReadAt(tokens.shape[0], tokens.shape[1], positions)
        with (
            torch.set_grad_enabled(self.gradients),
            intervening(self.sites, at, shifts, differentiate=self.gradients) as readings,
        ):
            logits = run()
            found = {"logits": logits} | _neurons(readings)
            if self.gradients:
                chosen = tokens.to(logits.device)[..., None]
                logs = logits.float().log_softmax(-1).gather(-1, chosen)
                slopes = differentiated(logs.sum(), readings)
                named = zip(readings.seen, slopes, strict=True)
                found |= {f"gradient {seen.site.name}": seen.spread(s) for seen, s in named}
        return {name: value.detach().cpu() for name, value in found.items()}

    def _shifts(self, rest: Values, copy: int) -> Shifts:
        """Shifts of all neurons of one copy, by half of what they are in the first prompt."""
        layers: dict[int, list[Shift]] = {}
        for site in self.sites:
            if not site.width:
                continue
            amounts = _SHIFT * rest[f"hidden {site.name}"][0, 0]
            neurons = torch.arange(len(amounts)) + site.start
            own = Shift(torch.full_like(neurons, copy), neurons, amounts)
            layers.setdefault(site.layer, []).append(own)
        return {layer: _joined(shifts) for layer, shifts in layers.items()}

    def _arithmetic(self) -> AbstractContextManager[Any]:
        return exact_arithmetic(self.model) if self.float32 else nullcontext()


def _neurons(readings: Readings) -> dict[str, Tensor]:
    return {
        f"{kind} {seen.site.name}": seen.spread(values)
        for seen in readings.seen
        for kind, values in (("hidden", seen.hidden), ("gate", seen.gate), ("up", seen.up))
        if values is not None
    }


def _side_by_side(rest: Values, shifted: Values) -> Values:
    """Both copies of a prompt."""
    return {name: torch.cat([rest[name], shifted[name]], dim=1) for name in rest}


def _joined(shifts: Sequence[Shift]) -> Shift:
    """Shifts of one layer's sites as one."""
    return Shift(
        torch.cat([shift.copies for shift in shifts]),
        torch.cat([shift.neurons for shift in shifts]),
        torch.cat([shift.amounts for shift in shifts]),
    )


def difference(found: Values, expected: Values) -> float:
    """Largest relative difference of a row and copy, in the Euclidean norm; infinite if unlike."""
    return max(relative(found[name], expected[name]) for name in expected)


def typical_difference(found: Values, expected: Values) -> float:
    """Median relative difference of a row and copy; infinite if one is unlike.

    A router that chooses another expert, which rounding may have it do, does not show in it.
    """
    every = torch.cat([_by_row(found[name], expected[name]).flatten() for name in expected])
    return math.inf if every.isinf().any() else float(every.median())


def relative(found: Tensor, expected: Tensor) -> float:
    """Relative difference of tensors [row, copy, ...], the largest of all rows and copies."""
    return float(_by_row(found, expected).max())


def _by_row(found: Tensor, expected: Tensor) -> Tensor:
    """Relative difference of tensors [row, copy, ...] in the Euclidean norm [row, copy].

    Infinite where shapes, or the values that are finite, are not the same.
    """
    unlike = torch.full(expected.shape[:2], math.inf, dtype=torch.float64)
    if found.shape != expected.shape:
        return unlike
    finite = expected.isfinite()
    if not torch.equal(finite, found.isfinite()):
        return unlike
    exact, other = (t.double().masked_fill(~finite, 0).flatten(2) for t in (expected, found))
    scale = exact.norm(dim=2)
    # A row that is next to nothing beside the others is not measured by itself.
    scale = scale.clamp(min=max(0.01 * float(scale.max()), 1e-300))
    differences: Tensor = (other - exact).norm(dim=2) / scale
    return differences
