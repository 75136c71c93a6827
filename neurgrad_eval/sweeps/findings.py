"""What a sweep over many prompts finds: shares of linear neurons, polarity, NeurGrad's fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.sweeps.fit import LINEAR, linearity_by_range
from neurgrad_eval.sweeps.store import Measured

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """The points of one neuron, for a figure."""

    prompt: int
    layer: int
    index: int
    output_shifts: tuple[float, ...]


@dataclass(frozen=True)
class Findings:
    """Shares are of the neurons measured, a neuron counted once per prompt."""

    prompts: int
    neurons: int
    ranges: tuple[float, ...]
    linear: tuple[float, ...]
    """Share of linear neurons within each range."""
    layers: tuple[int, ...]
    linear_by_layer: tuple[float, ...]
    """Share of linear neurons within the whole range, of each of `layers`."""
    positive: float
    """Share of neurons whose slope is above 0."""
    negative: float
    silent: float
    """Share whose output did not change, or whose slope is 0."""
    neurgrad_correlation: float | None
    """Pearson correlation of NeurGrad and NEG over all neurons; None if one is constant."""
    shifts: tuple[float, ...]
    curves: tuple[Curve, ...]
    """Dose-response of some neurons: the largest slopes, and the least linear ones."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; the curves are in the table of points."""
        return {k: v for k, v in asdict(self).items() if k not in ("curves", "shifts")}


def find(measured: Iterable[Measured], *, curves: int = 4) -> Findings:
    """Sum a sweep up; `curves` of each kind are kept for the figure."""
    rows, every = [], []
    ranges: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()
    for one in measured:
        sweep = one.sweep
        found, values = linearity_by_range(sweep.shifts, sweep.output_shifts)
        ranges = tuple(round(float(size), 6) for size in found)
        shifts = tuple(round(float(shift), 6) for shift in sweep.shifts)
        rows.append(
            np.column_stack(
                [
                    [layer for layer, _ in sweep.neurons],
                    sweep.neg.numpy(),
                    one.neurgrad.numpy(),
                    np.nan_to_num(sweep.linearity.numpy()),
                    values.abs().numpy() >= LINEAR,
                ]
            )
        )
        every.append(_extremes(one, curves))
    table = np.concatenate(rows)
    layers, neg, neurgrad, linear = table[:, 0].astype(int), table[:, 1], table[:, 2], table[:, 4:]
    there = np.unique(layers)
    return Findings(
        prompts=len(rows),
        neurons=len(table),
        ranges=ranges,
        linear=tuple(linear.mean(0).tolist()),
        layers=tuple(there.tolist()),
        linear_by_layer=tuple(float(linear[layers == layer, -1].mean()) for layer in there),
        positive=float((neg > 0).mean()),
        negative=float((neg < 0).mean()),
        silent=float((neg == 0).mean()),
        neurgrad_correlation=correlation(neurgrad, neg),
        shifts=shifts,
        curves=_pick(every, curves),
    )


def correlation(first: Floats, second: Floats) -> float | None:
    """Pearson correlation; None where one of the two is constant."""
    if len(first) < 2 or not np.ptp(first) or not np.ptp(second):
        return None
    return float(np.corrcoef(first, second)[0, 1])


def _extremes(one: Measured, count: int) -> list[tuple[float, float, Curve]]:
    """The neurons of a prompt that may be drawn: slope, linearity and points of each."""
    sweep = one.sweep
    steep = np.argsort(-sweep.neg.abs().numpy(), kind="stable")[:count]
    bent = np.argsort(np.nan_to_num(sweep.linearity.abs().numpy(), nan=1), kind="stable")[:count]
    return [
        (
            float(sweep.neg[at].abs()),
            float(sweep.linearity[at].abs().nan_to_num(1)),
            _curve(one, at),
        )
        for at in dict.fromkeys([*steep.tolist(), *bent.tolist()])
    ]


def _curve(one: Measured, at: int) -> Curve:
    layer, index = one.sweep.neurons[at]
    return Curve(one.prompt, layer, index, tuple(one.sweep.output_shifts[at].tolist()))


def _pick(every: list[list[tuple[float, float, Curve]]], count: int) -> tuple[Curve, ...]:
    pool = [candidate for own in every for candidate in own]
    steep = sorted(pool, key=lambda c: -c[0])[:count]
    bent = sorted(pool, key=lambda c: c[1])[:count]
    return tuple(dict.fromkeys(curve for _, _, curve in (*steep, *bent)))
