"""Measure neuron empirical gradients: shift single neurons and see the answer move.

For each prompt, neurons are drawn, each is shifted alone by every Δ of the grid, and the slope of
the answer's probability is compared with its gradient (paper section 3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import torch

from neurgrad_eval.engine.answer_gradients import Sign
from neurgrad_eval.engine.dose_response import DOSE_RESPONSE
from neurgrad_eval.engine.fit import LINEAR, linear_range, linearity, linearity_by_range, slope
from neurgrad_eval.engine.grid import RANGE, STEP, shift_grid
from neurgrad_eval.engine.joint_shifts import direction
from neurgrad_eval.engine.question import ask
from neurgrad_eval.engine.sweeps import pick, sweep_question
from neurgrad_eval.experiments._agreement import pearson
from neurgrad_eval.experiments._prompts import PromptExperiment
from neurgrad_eval.inputs.options import GradientInput, ModelInput, PromptsInput
from neurgrad_eval.inputs.prompt_file import PromptRow
from neurgrad_eval.neurons import ROUTING, draw_neurons
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.rows import Tables, finite
from neurgrad_eval.runs.settings import Settings, option
from neurgrad_eval.show.views import Chart, View

NEURONS = 100
CURVES = 4
"""Neurons of each kind whose dose-response is shown."""


@dataclass(frozen=True, kw_only=True)
class GridSettings(Settings):
    """How neurons are drawn, and over which shifts slopes are fitted."""

    neurons: int = option(NEURONS, "Neurons drawn for each prompt.", least=1)
    shift_range: float = option(RANGE, "Largest shift, in activation units.", name="range")
    step: float = option(STEP, "Distance between shifts.", above=0)
    seed: int = option(0, "Seed of the neurons.", least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        shift_grid(self.shift_range, self.step)

    @property
    def most(self) -> int:
        """Neurons that a model must have."""
        return self.neurons

    @property
    def grid(self) -> tuple[float, ...]:
        """Shifts, ascending."""
        return shift_grid(self.shift_range, self.step)


@dataclass(frozen=True, kw_only=True)
class SweepSettings(GridSettings, GradientInput):
    """How neurons are drawn and shifted."""


@dataclass(frozen=True, kw_only=True)
class SweepOptions(SweepSettings, PromptsInput, ModelInput):
    """Options of `neurgrad sweep`."""


class SweepPrompts(PromptExperiment):
    """Sweep random neurons of many prompts."""

    name = "sweep"
    Settings, Options = SweepSettings, SweepOptions
    large = frozenset({"neurons", "points"})

    lead = (
        "Each neuron was shifted alone, by every Δ of the grid, and the change of the answer's "
        "probability was measured. A neuron is linear where the correlation of Δ and that change "
        f"is at least {LINEAR} in size. The NeurGrad correlation is that with the measured slopes."
    )
    shows = (
        View(
            "How far neurons are linear",
            "linear",
            "Share of neurons that are linear within each range. The narrowest range of a "
            "symmetric grid holds two points, which always lie on a line.",
            Chart("lines", "range", "linear", x_title="range: shifts up to ±"),
        ),
        View(
            "Polarity",
            "polarity",
            "Whether a shift along the convention raises or lowers the answer's probability.",
            Chart("bars", "polarity", "share", y_title="share of neurons"),
        ),
        View(
            "By layer",
            "layers",
            "Share of neurons that are linear within the whole range.",
            Chart("bars", "layer", "linear"),
            printed=False,
        ),
        View(
            "Dose and response",
            "curves",
            "The neurons with the largest slopes and those that are least linear.",
            replace(DOSE_RESPONSE, series="prompt layer neuron"),
            printed=False,
            folded=True,
        ),
    )

    def measure(self, unit: PromptRow) -> Tables:
        """Every neuron as a row, with the changes by all shifts as a list."""
        s = self.settings
        neurons = draw_neurons(self.model.widths, s.neurons, [s.seed, unit.number])
        question = ask(self.model, unit.prompt, unit.answer)
        found = sweep_question(
            question, neurons, s.grid, space=s.space, sign=s.sign, copies=self.copies
        )
        cg = pick(question.gradients(s.space).gradients, neurons)[:, 0, 0].numpy()
        layers, indices = np.array(neurons, dtype=np.int32).T
        table = pa.table(
            {
                "prompt": np.full(len(layers), unit.number, dtype=np.int32),
                "layer": layers,
                "neuron": indices,
                "base": np.full(len(layers), found.base),
                "activation": found.activations.numpy(),
                "cg": cg,
                "output_shifts": pa.array(list(found.output_shifts.numpy())),
                "applied": pa.array(list(found.applied.numpy())),
            }
        )
        return {"neurons": table}

    def summarise(self, measured: Measured) -> Findings:
        """Slopes and linearity of all neurons, and shares of linear and positive ones."""
        rows = measured.table("neurons")
        shifts = torch.tensor(self.settings.grid)
        changes = torch.tensor(np.stack(rows["output_shifts"].to_numpy()))
        applied = torch.tensor(np.stack(rows["applied"].to_numpy()))
        rounded = None if torch.equal(applied, shifts.expand_as(applied)) else applied
        neurons = neuron_table(rows, shifts, changes, rounded, self.settings.sign)
        ranges, values = linearity_by_range(shifts, changes, rounded)
        linear = values.abs().numpy() >= LINEAR
        neg = neurons["neg"].to_numpy(zero_copy_only=False)
        known, layers = np.isfinite(neg), rows["layer"].to_numpy()
        predicted = neurons["neurgrad"].to_numpy().astype(np.float64)
        facts = {
            **self.facts(),
            "neurons": rows.num_rows,
            "neurgrad_correlation": finite(pearson(predicted[known], neg[known])),
        }
        vanished = int((~known).sum())
        warnings = [ROUTING] if self.model.experts.ranges else []
        if vanished:
            lost = f"{vanished} neurons have no slope: every shift vanishes in the weights' type"
            warnings.append(lost)
        by_range = [
            {"range": round(float(size), 6), "linear": float(share)}
            for size, share in zip(ranges, linear.mean(0), strict=True)
        ]
        by_layer = [
            {"layer": int(layer), "linear": float(linear[layers == layer, -1].mean())}
            for layer in np.unique(layers)
        ]
        shares = {"positive": neg > 0, "negative": neg < 0, "no effect": neg == 0}
        polarity = [{"polarity": name, "share": float(of.mean())} for name, of in shares.items()]
        points = points_table(rows, shifts, changes, rounded)
        tables = {
            "linear": by_range,
            "polarity": polarity,
            "layers": by_layer,
            "curves": extremes(neurons, points, len(shifts)),
            "neurons": neurons,
            "points": points,
        }
        return Findings(tables, facts, tuple(warnings))


def neuron_table(
    rows: pa.Table,
    shifts: torch.Tensor,
    changes: torch.Tensor,
    rounded: torch.Tensor | None,
    sign: Sign,
) -> pa.Table:
    """One row per neuron; `linearity` is null where the output does not change.

    So is the slope where every shift vanishes in the weights' type.
    """
    moved = shifts if rounded is None else rounded
    neg = slope(moved, changes).numpy()
    unknown = np.isnan(neg)
    cg, activation = rows["cg"].to_numpy(), rows["activation"].to_numpy()
    named = ("prompt", "layer", "neuron", "base", "activation")
    return pa.table(
        {
            **{name: rows[name] for name in named},
            "neg": pa.array(neg, mask=unknown),
            "linearity": pa.array(linearity(moved, changes).numpy(), from_pandas=True),
            "linear_range": linear_range(shifts, changes, rounded).numpy(),
            "polarity": pa.array(np.sign(np.nan_to_num(neg)).astype(np.int8), mask=unknown),
            "cg": cg,
            "neurgrad": cg * direction(activation, sign),
        }
    )


def points_table(
    rows: pa.Table, shifts: torch.Tensor, changes: torch.Tensor, rounded: torch.Tensor | None
) -> pa.Table:
    """One row per neuron and shift, with the shift `applied` where the weights' type rounds it."""
    count = len(shifts)
    named = {
        name: np.repeat(rows[name].to_numpy(), count) for name in ("prompt", "layer", "neuron")
    }
    tiled = np.tile(shifts.numpy(), rows.num_rows)
    applied = {} if rounded is None else {"applied": rounded.numpy().reshape(-1)}
    return pa.table({**named, "shift": tiled, **applied, "change": changes.numpy().reshape(-1)})


def extremes(neurons: pa.Table, points: pa.Table, shifts: int) -> pa.Table:
    """Points of the neurons with the largest slopes, and of the least linear ones."""
    bent = np.nan_to_num(np.abs(neurons["linearity"].to_numpy(zero_copy_only=False)), nan=1)
    neg = np.nan_to_num(neurons["neg"].to_numpy(zero_copy_only=False))
    steep = np.argsort(-np.abs(neg), kind="stable")[:CURVES]
    chosen = dict.fromkeys([*steep.tolist(), *np.argsort(bent, kind="stable")[:CURVES].tolist()])
    return points.take(np.concatenate([at * shifts + np.arange(shifts) for at in chosen]))
