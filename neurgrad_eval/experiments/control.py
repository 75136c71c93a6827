"""Shift many neurons at once, and compare the change with the sum of what each would do.

1. One backward pass gives every neuron's NeurGrad and activation.
2. The neurons of each selection are put in an order; a set of N neurons is its first N. The slopes
   of the first ones are measured by a sweep.
3. Every set, direction and size of shift is one packed copy of the last token.

A neuron is shifted along its polarity if the slope that predicts it is above 0 times the shift:
under either sign convention the activation moves in the same direction, save that a `magnitude`
shift cannot move a silent neuron.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from neurgrad_eval.engine.joint_shifts import (
    COPIES,
    NOTHING,
    Floats,
    JointShift,
    copies_within,
    direction,
    shift_jointly,
)
from neurgrad_eval.engine.question import Question, ask
from neurgrad_eval.engine.sweeps import sweep_question
from neurgrad_eval.experiments._predictions import (
    PREDICTIONS,
    best,
    in_log_odds,
    score,
    score_within,
)
from neurgrad_eval.experiments._prompts import PromptExperiment
from neurgrad_eval.inputs.options import GradientInput, ModelInput, PromptsInput
from neurgrad_eval.inputs.prompt_file import PromptRow, given_prompts
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import Indices, pairs
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import Tables
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import option
from neurgrad_eval.show.views import Chart, View

Selection = Literal["random", "top"]
NUMBERS = tuple(2**power for power in range(13))
ALONG, AGAINST = 1, -1
_COLUMNS = "neurons shift prediction pearson spearman error slope sign_agreement"
_POINTS = 3000
_SEEN = 1.05


@dataclass(frozen=True, kw_only=True)
class ControlSettings(GradientInput):
    """Which neurons are shifted together, and how far."""

    numbers: tuple[int, ...] = option(
        NUMBERS, "Neurons shifted together; smaller sets are part of larger ones.", least=1
    )
    shifts: tuple[float, ...] = option(
        (0.1, 0.5, 1.0, 2.0), "Sizes of shift, in activation units.", above=0
    )
    selections: tuple[Selection, ...] = option(
        ("random", "top"), "Which neurons: drawn, or of the largest |NeurGrad|.", name="select"
    )
    measured: int = option(
        64,
        "Sets of up to so many neurons are predicted by measured slopes.",
        name="measure",
        least=0,
    )
    seed: int = option(0, "Seed of the random neurons and the bootstrap.", least=0)

    @property
    def most(self) -> int:
        """Neurons of the largest set."""
        return max(self.numbers)

    @property
    def swept(self) -> int:
        """Neurons of each set whose slopes are measured: the largest number that is within."""
        return max((number for number in self.numbers if number <= self.measured), default=0)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one prompt's values [selection, number, direction, shift]."""
        return len(self.selections), len(self.numbers), 2, len(self.shifts)


@dataclass(frozen=True, kw_only=True)
class ControlOptions(ControlSettings, PromptsInput, ModelInput):
    """Options of `neurgrad control`."""


class Control(PromptExperiment):
    """Shift sets of neurons of many prompts."""

    name = "control"
    Settings, Options = ControlSettings, ControlOptions
    large = frozenset({"scatter", "points"})
    lead = (
        "Sets of neurons were shifted together, each neuron by the same Δ along its polarity or "
        "against it, and the change of the answer's probability was measured. It is predicted by "
        "the sum of the neurons' slopes times Δ, as if no neuron knew of another and every "
        "response were a line. Neurons are drawn, or the top ones by |NeurGrad| of each prompt."
    )
    shows = (
        View(
            "Predicted and measured",
            "scatter",
            "Every point is a set of neurons shifted on one prompt; colours tell the number of "
            "neurons. On the dotted line the prediction, by NeurGrad, is right. Left out are the "
            "predictions that no probability can change by, whose share is the number outside, and "
            "evenly some of the others where there are too many.",
            Chart(
                "points",
                "by_neurgrad",
                "measured",
                "neurons",
                identity=True,
                x_title="predicted change of probability",
                y_title="measured change of probability",
            ),
            printed=False,
            tabled=False,
        ),
        View(
            "Prediction by number of neurons",
            "summary",
            "Shifts along and against polarity together, predicted by measured slopes where there "
            "are any and else by NeurGrad. Ranks and signs have intervals of 95 %, by bootstrap "
            "over prompts; what a few prompts of large changes decide has none.",
            columns=_COLUMNS,
            each="selection",
        ),
        View(
            "Correlation",
            "scores",
            "Of predicted and measured change, over the prompts. "
            + "; ".join(f"{name}: {words}" for name, words in PREDICTIONS.items())
            + ".",
            Chart("lines", "neurons", "pearson", "prediction shift", log_x=True),
            columns=_COLUMNS,
            where={"direction": "both"},
            each="selection",
            folded=True,
            printed=False,
        ),
        View(
            "Correlation within prompts",
            "by_prompt",
            "Mean over prompts of the correlation of predicted and measured change over the shifts "
            "and directions of a set: no prompt weighs more than another.",
            Chart("lines", "neurons", "pearson_by_prompt", "prediction", log_x=True),
            each="selection",
            folded=True,
            printed=False,
        ),
        View(
            "Error",
            "scores",
            "Mean absolute error of the predicted change of probability.",
            Chart("lines", "neurons", "error", "prediction shift", log_x=True, log_y=True),
            where={"direction": "both"},
            each="selection",
            printed=False,
            tabled=False,
        ),
    )

    def measure(self, unit: PromptRow) -> Tables:
        """One row per set, direction and shift."""
        question = ask(self.model, unit.prompt, unit.answer)
        return {"points": control_question(question, unit.number, self.settings, self.copies)}

    def summarise(self, measured: Measured) -> Findings:
        """Prediction against measurement over the prompts."""
        points = measured.table("points")
        shape = (len(self.chosen.rows), *self.settings.shape)
        names = ("base", "measured", "by_neurgrad", "by_neg")
        base, found, by_neurgrad, by_neg = (
            points[name].to_numpy(zero_copy_only=False).reshape(shape) for name in names
        )
        by_log_odds = in_log_odds(by_neurgrad, base)
        predictions = dict(zip(PREDICTIONS, (by_neurgrad, by_neg, by_log_odds), strict=True))
        scores = list(score(found, predictions, self.settings))
        facts = {**self.facts(), "outside": float((np.abs(by_neurgrad) > _SEEN).mean())}
        tables = {
            "summary": best(scores),
            "scores": scores,
            "by_prompt": list(score_within(found, predictions, self.settings)),
            "scatter": scatter_table(points, len(self.settings.numbers)),
            "points": points,
        }
        return Findings(tables, facts)


def control_question(
    question: Question, number: int, settings: ControlSettings, copies: int = COPIES
) -> pa.Table:
    """Shift sets of neurons of a prompt and predict what each does.

    Parameters
    ----------
    question
        The prompt and its answer.
    number
        The prompt's id, which decides its random neurons together with the seed.
    settings
        What is shifted, and how far.
    copies
        Interventions per forward pass.

    Returns
    -------
    Table
        One row per set, direction (1 along polarity, −1 against) and shift: base probability,
        measured change, and the change predicted by NeurGrad and by measured slopes, which is null
        where they were not measured.
    """
    found = question.gradients(settings.space)
    neurgrad = _flat(found.neurgrad(settings.sign))
    towards = direction(_flat(found.activations), settings.sign)
    jobs, predicted = [NOTHING], []
    for selection in settings.selections:
        order = choose(selection, neurgrad, number, settings)
        neg = measured_slopes(question, order[: settings.swept], settings, copies)
        for size in settings.numbers:
            own, slopes = order[:size], neurgrad[order[:size]]
            known = neg[:size] if size <= len(neg) else None
            polarity = np.sign(slopes if known is None else known)
            by_neurgrad = float(polarity @ slopes)
            by_neg = float("nan") if known is None else float(polarity @ known)
            for way, shift in product((ALONG, AGAINST), settings.shifts):
                amounts = way * shift * polarity * towards[own]
                jobs.append(JointShift.of(own, amounts, question.model.widths))
                predicted.append((way * shift * by_neurgrad, way * shift * by_neg))
    logs = shift_jointly(question, jobs, space=settings.space, copies=copies)
    probabilities = np.exp(logs[:, 0])
    return _points_table(number, probabilities, np.array(predicted).T, settings)


def _points_table(
    number: int, probabilities: Floats, predicted: Floats, settings: ControlSettings
) -> pa.Table:
    keys = product(settings.selections, settings.numbers, (ALONG, AGAINST), settings.shifts)
    selections, sizes, ways, shifts = zip(*keys, strict=True)
    return pa.table(
        {
            "prompt": pa.array([number] * len(sizes), pa.int32()),
            "base": np.full(len(sizes), probabilities[0]),
            "selection": pa.array(selections, pa.string()),
            "neurons": pa.array(sizes, pa.int32()),
            "direction": pa.array(ways, pa.int8()),
            "shift": pa.array(shifts, pa.float64()),
            "measured": probabilities[1:] - probabilities[0],
            "by_neurgrad": predicted[0],
            "by_neg": pa.array(predicted[1], from_pandas=True),
        }
    )


def choose(
    selection: Selection, neurgrad: Floats, number: int, settings: ControlSettings
) -> Indices:
    """Flat numbers of the neurons of the largest set, in the order in which sets take them."""
    if selection == "top":
        return np.argsort(-np.abs(neurgrad), kind="stable")[: settings.most]
    rng = np.random.default_rng([settings.seed, number])
    return rng.permutation(len(neurgrad))[: settings.most]


def measured_slopes(
    question: Question, order: Indices, settings: ControlSettings, copies: int = COPIES
) -> Floats:
    """NEG of some neurons, each shifted alone over the paper's grid [neuron]."""
    if not len(order):
        return np.zeros(0)
    neurons = pairs(order, question.model.widths)
    found = sweep_question(
        question, neurons, space=settings.space, sign=settings.sign, copies=copies
    )
    # Where every shift vanishes in 16 bits, no slope is known, and the neuron is not moved.
    return np.asarray(np.nan_to_num(found.neg.double().numpy()))


def _flat(layers: tuple[Tensor, ...]) -> Floats:
    """Values of all neurons of one prompt and answer, layer after layer."""
    return np.asarray(torch.cat([layer.reshape(-1) for layer in layers]).double().numpy())


def scatter_table(points: pa.Table, numbers: int) -> pa.Table:
    """Some of the points whose prediction is a possible change, evenly for each number."""
    seen = np.abs(points["by_neurgrad"].to_numpy()) <= _SEEN
    sizes = points["neurons"].to_numpy()
    rows = []
    for size in np.unique(sizes):
        own = np.flatnonzero(sizes == size)
        every = -(-len(own) // max(1, _POINTS // numbers))
        rows.append(own[::every][seen[own[::every]]])
    return points.select(["neurons", "by_neurgrad", "measured"]).take(np.concatenate(rows))


def control(
    model: NeuronModel,
    prompts: Sequence[str],
    answers: Sequence[str],
    *,
    max_tokens: int | None = None,
    **settings: Any,
) -> Result:
    """Shift many neurons at once, and compare the change with the sum of what each would do.

    Parameters
    ----------
    model
        The model.
    prompts, answers
        Texts, and the literal continuation of each by one token.
    max_tokens
        Shifts per forward pass, at most.
    settings
        Fields of `ControlSettings`: numbers, shifts, selections, measured, space, sign, seed.

    Returns
    -------
    Result
        Tables `summary`, `scores` (all predictions and directions), `by_prompt`, `scatter` and
        `points`.

    Raises
    ------
    UsageError
        A setting cannot be used, or an answer is not one token.
    DataError
        A prompt is empty or too long.
    """
    typed, chosen = ControlSettings(**settings), given_prompts(model, prompts, answers)
    return run(Control(typed, model, chosen, copies_within(max_tokens)))
