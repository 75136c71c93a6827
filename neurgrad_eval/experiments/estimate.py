"""Compare estimates of neuron empirical gradients with the measured ones, under both conventions.

For each prompt, neurons are drawn as for `neurgrad sweep`; every estimator gives a value for each
of them, and the sweep of the same neurons says what is right (paper section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mceval8k.statistics import resample
from neurgrad_eval.engine.answer_gradients import Sign
from neurgrad_eval.engine.estimators import ESTIMATORS, Case
from neurgrad_eval.engine.joint_shifts import copies_within
from neurgrad_eval.engine.question import ask
from neurgrad_eval.engine.sweeps import at_rest
from neurgrad_eval.experiments._agreement import compare, compare_within
from neurgrad_eval.experiments._prompts import PromptExperiment
from neurgrad_eval.experiments.sweep import GridSettings
from neurgrad_eval.inputs.options import ModelInput, PromptsInput, SpaceInput
from neurgrad_eval.inputs.prompt_file import PromptRow, given_prompts
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import draw_neurons
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import Tables
from neurgrad_eval.runs.runner import run
from neurgrad_eval.show.views import Chart, View

SIGNS: tuple[Sign, ...] = ("magnitude", "signed")
RESAMPLES = 1000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class EstimateSettings(GridSettings, SpaceInput):
    """How neurons are drawn and shifted."""


@dataclass(frozen=True, kw_only=True)
class EstimateOptions(EstimateSettings, PromptsInput, ModelInput):
    """Options of `neurgrad estimate`."""


class Estimates(PromptExperiment):
    """Estimate the slopes of random neurons of many prompts."""

    name = "estimate"
    Settings, Options = EstimateSettings, EstimateOptions
    large = frozenset({"estimates"})
    lead = (
        "Each estimator is compared with the measured slopes of the same neurons: correlation, "
        "share of neurons whose slope has the estimated sign, and mean absolute error in "
        "probability per activation unit, which an attribution has not. Intervals are of 95 %, by "
        "bootstrap over prompts; what a few prompts decide, Pearson's correlation over all and "
        "the error, has none. Correlations by prompt are the mean of those within each prompt. "
        "The cost is the number of copies of the last token that run forwards and backwards for "
        "each prompt."
    )
    shows = (
        View(
            "Estimates and measured slopes",
            "scores",
            "Under either shift convention; the correlation is that over all prompts' neurons.",
            Chart("forest", "estimator", "pearson", y_title="Pearson correlation with the slopes"),
            each="sign",
        ),
    )

    def measure(self, unit: PromptRow) -> Tables:
        """One row per estimator, convention and neuron."""
        s, widths = self.settings, self.model.widths
        neurons = draw_neurons(widths, s.neurons, [s.seed, unit.number])
        question = ask(self.model, unit.prompt, unit.answer)
        case = Case(question, neurons, s.grid, s.space, self.copies)
        towards = at_rest(question, neurons, s.space).activations.sign().double().numpy()
        values = []
        for one in ESTIMATORS:
            plain = one.estimate(case).double().numpy()
            turned = plain * towards if one.follows_sign else plain
            values += [turned if sign == "magnitude" else plain for sign in SIGNS]
        return {"estimates": estimates_table(unit.number, neurons, values)}

    def summarise(self, measured: Measured) -> Findings:
        """How well each estimator meets the measured slopes, over prompts and neurons."""
        estimates = measured.table("estimates")
        shape = (len(self.chosen.rows), len(ESTIMATORS), len(SIGNS), self.settings.neurons)
        values = estimates["value"].to_numpy().reshape(shape)
        scores = score(values, self.settings)
        return Findings({"scores": scores, "estimates": estimates}, self.facts())


def estimates_table(
    prompt: int, neurons: Sequence[tuple[int, int]], values: Sequence[Floats]
) -> pa.Table:
    """Rows of one prompt, from the values [neuron] of each estimator and sign."""
    layers, indices = np.array(neurons, dtype=np.int32).T
    kinds = [(one.name, sign) for one in ESTIMATORS for sign in SIGNS]
    names, signs = (np.repeat(words, len(layers)) for words in zip(*kinds, strict=True))
    return pa.table(
        {
            "prompt": np.full(len(names), prompt, dtype=np.int32),
            "layer": np.tile(layers, len(kinds)),
            "neuron": np.tile(indices, len(kinds)),
            "estimator": pa.array(names.tolist(), pa.string()),
            "sign": pa.array(signs.tolist(), pa.string()),
            "value": np.concatenate(values),
        }
    )


def score(values: Floats, settings: GridSettings) -> list[dict[str, Any]]:
    """Compare all estimates with the sweep; intervals are those of `_agreement`.

    Parameters
    ----------
    values
        Estimates [prompt, estimator, sign, neuron]; the last estimator is the measurement.
    settings
        How many neurons and shifts there are, and the seed.
    """
    resamples = resample(range(len(values)), seed=settings.seed, resamples=RESAMPLES)
    rows = []
    for s, sign in enumerate(SIGNS):
        for e, one in enumerate(ESTIMATORS):
            tables = values[:, e, s], values[:, -1, s]
            over = compare(*tables, resamples)
            own = {name: over[name] for name in ("pearson", "spearman")}
            own |= compare_within(*tables, resamples)
            own |= {name: over[name] for name in ("sign_agreement", "error")[: 1 + one.is_slope]}
            cost = one.cost(settings.neurons, len(settings.grid))
            rows.append({"estimator": one.name, "sign": sign, **own, **vars(cost)})
    return rows


def estimate(
    model: NeuronModel,
    prompts: Sequence[str],
    answers: Sequence[str],
    *,
    max_tokens: int | None = None,
    **settings: Any,
) -> Result:
    """Compare estimates of neuron empirical gradients with the measured ones.

    Parameters
    ----------
    model
        The model.
    prompts, answers
        Texts, and the literal continuation of each by one token.
    max_tokens
        Copies of the last token per forward pass, at most.
    settings
        Fields of `EstimateSettings`: neurons (drawn for each prompt), shift_range, step, space,
        seed.

    Returns
    -------
    Result
        Tables `scores` (a row per estimator and convention) and `estimates`.

    Raises
    ------
    UsageError
        A setting cannot be used, or an answer is not one token.
    DataError
        A prompt is empty or too long.
    """
    typed, chosen = EstimateSettings(**settings), given_prompts(model, prompts, answers)
    return run(Estimates(typed, model, chosen, copies_within(max_tokens)))
