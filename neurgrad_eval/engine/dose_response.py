"""Dose and response: what a sweep of one prompt's neurons returns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from neurgrad_eval.engine import fit
from neurgrad_eval.engine.answer_gradients import Sign, Space
from neurgrad_eval.neurons import NO_EXPERTS, ExpertMap, Neuron
from neurgrad_eval.show.figures import draw
from neurgrad_eval.show.views import Chart

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

DOSE_RESPONSE = Chart(
    "lines",
    "shift",
    "change",
    series="layer neuron",
    x_title="shift Δ (activation units)",
    y_title="change of probability",
)


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """One prompt's neurons, each shifted alone by every shift; tensors on the CPU.

    Attributes
    ----------
    neurons : tuple of (layer, index)
        What was shifted.
    shifts : Tensor [shift]
        Δ, in activation units.
    output_shifts : Tensor [neuron, shift]
        Change of the answer's probability.
    applied : Tensor [neuron, shift]
        Δ as each neuron has moved in the weights' type: `shifts` in float32, rounded in 16 bits.
    base : float
        Probability of the answer with nothing shifted.
    activations : Tensor [neuron]
        The neurons' activations a where the answer is predicted.
    space, sign
        Whose coordinates the neurons are, and how a shift moves them.
    experts : ExpertMap
        Which neurons belong to which expert; empty where there are none.
    """

    neurons: tuple[Neuron, ...]
    shifts: Tensor
    output_shifts: Tensor
    base: float
    activations: Tensor
    space: Space
    sign: Sign
    applied: Tensor
    experts: ExpertMap = NO_EXPERTS

    @property
    def rounded(self) -> Tensor | None:
        """Δ as applied, if it differs from the requested one."""
        return (
            None if torch.equal(self.applied, self.shifts.expand_as(self.applied)) else self.applied
        )

    @property
    def _moved(self) -> Tensor:
        return self.shifts if self.rounded is None else self.applied

    @cached_property
    def neg(self) -> Tensor:
        """Neuron empirical gradient (paper section 3), per activation unit; see `fit.slope`."""
        return fit.slope(self._moved, self.output_shifts)

    @cached_property
    def linearity(self) -> Tensor:
        """Pearson correlation of shift and change; see `fit.linearity`."""
        return fit.linearity(self._moved, self.output_shifts)

    @property
    def polarity(self) -> Tensor:
        """Sign of the slope [neuron]: -1, 0 or 1; NaN where there is no slope."""
        return torch.where(self.neg.isnan(), self.neg, self.neg.sign())

    @cached_property
    def linear_range(self) -> Tensor:
        """Largest range within which |r| is at least 0.95; see `fit.linear_range`."""
        return fit.linear_range(self.shifts, self.output_shifts, self.rounded)

    def table(self) -> pa.Table:
        """One row per neuron and shift: activation, slope and linearity, shift and change of p.

        A column `applied` is added where a shift is rounded.
        """
        count = len(self.shifts)
        layers, indices = np.array(self.neurons, dtype=np.int32).T

        def repeated(values: Any) -> Any:
            return np.repeat(np.asarray(values), count)

        table = pa.table(
            {
                "layer": repeated(layers),
                "neuron": repeated(indices),
                "activation": repeated(self.activations),
                "neg": pa.array(repeated(self.neg), from_pandas=True),
                "linearity": pa.array(repeated(self.linearity), from_pandas=True),
                "shift": np.tile(self.shifts.numpy(), len(layers)),
                **({} if self.rounded is None else {"applied": self.applied.numpy().reshape(-1)}),
                "change": self.output_shifts.numpy().reshape(-1),
                "probability": self.base + self.output_shifts.numpy().reshape(-1),
            }
        )
        return self.experts.add_to(table)

    def to_pandas(self) -> pd.DataFrame:
        """One row per neuron and shift; see `table`."""
        table: pd.DataFrame = self.table().to_pandas()
        return table

    def plot(self) -> go.Figure:
        """Dose and response: change of the answer's probability over the shift, a line a neuron."""
        return draw(self.table(), DOSE_RESPONSE)

    def __repr__(self) -> str:
        sizes = f"{len(self.neurons)} neurons, {len(self.shifts)} shifts"
        return f"Sweep: {sizes}, p(answer) = {self.base:.4g} with nothing shifted"
