"""Each estimator against the measurement, over prompts and neurons, under both conventions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from neurgrad_eval.estimators import ESTIMATORS, Case, Estimator
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.result import Sign
from neurgrad_eval.statistics import Estimate
from neurgrad_eval.sweeps.measure import at_rest
from neurgrad_eval.sweeps.prompts import PromptRow
from neurgrad_eval.sweeps.question import ask
from neurgrad_eval.sweeps.settings import SweepSettings, draw_neurons

Floats = npt.NDArray[np.float64]
SIGNS: tuple[Sign, ...] = ("magnitude", "signed")
RESAMPLES = 1000
_TAIL = 2.5  # per cent on either side of the interval


@dataclass(frozen=True)
class Score:
    """How well one estimator meets the measured slopes under one shift convention."""

    estimator: str
    sign: Sign
    pearson: Estimate
    spearman: Estimate
    sign_agreement: Estimate
    """Share of neurons whose slope has the estimated sign."""
    error: Estimate | None
    """Mean absolute error, in probability per activation unit; None for attributions."""
    seconds: float
    """Per prompt, after the prompt has been run."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Estimates:
    """Estimates [prompt, neuron] of each estimator and convention; `sweep` is the measurement."""

    values: dict[tuple[str, Sign], Floats]
    seconds: dict[str, float]
    """Per prompt."""


def collect(
    model: NeuronModel,
    rows: Sequence[PromptRow],
    settings: SweepSettings,
    *,
    estimators: Iterable[Estimator] = ESTIMATORS,
    on_prompt: Callable[[], object] = lambda: None,
) -> Estimates:
    """Run every estimator on the neurons drawn for each prompt; the settings' sign is not used."""
    estimators = tuple(estimators)
    values: dict[tuple[str, Sign], list[Floats]] = {
        (one.name, sign): [] for sign in SIGNS for one in estimators
    }
    spent = dict.fromkeys((one.name for one in estimators), 0.0)
    for row in rows:
        neurons = draw_neurons(row, model.widths, settings.neurons, settings.seed)
        case = Case(ask(model, row.prompt, row.answer), neurons, settings.grid, settings.space)
        direction = at_rest(case.question, neurons, case.space).activations.sign().double().numpy()
        for one in estimators:
            start = time.perf_counter()
            plain = one.estimate(case).double().numpy()
            spent[one.name] += time.perf_counter() - start
            values[one.name, "signed"].append(plain)
            turned = plain * direction if one.follows_sign else plain
            values[one.name, "magnitude"].append(turned)
        on_prompt()
    return Estimates(
        {key: np.stack(found) for key, found in values.items()},
        {name: seconds / len(rows) for name, seconds in spent.items()},
    )


def score(
    estimates: Estimates, *, seed: int, estimators: Sequence[Estimator] = ESTIMATORS
) -> tuple[Score, ...]:
    """Compare all estimates with the sweep; intervals of 95 % by bootstrap over prompts."""
    scores = []
    for sign in SIGNS:
        measured = estimates.values["sweep", sign]
        for one in estimators:
            found = estimates.values[one.name, sign]
            measures: tuple[Measure, ...] = (_pearson, _spearman, _agreement, _error)
            pearson, spearman, agreement, error = (
                bootstrap(measure, found, measured, seed=seed) for measure in measures
            )
            scores.append(
                Score(
                    one.name,
                    sign,
                    pearson,
                    spearman,
                    agreement,
                    error if one.is_slope else None,
                    estimates.seconds[one.name],
                )
            )
    return tuple(scores)


Measure = Callable[[Floats, Floats], float]


def bootstrap(measure: Measure, found: Floats, measured: Floats, *, seed: int) -> Estimate:
    """Value of a measure over all neurons, with a percentile interval over prompts.

    Parameters
    ----------
    measure
        Takes estimates and measurements [neuron].
    found, measured
        Both [prompt, neuron].
    seed
        Of the draws; equal seeds draw equal prompts.
    """
    rng = np.random.default_rng(seed)
    prompts = len(found)
    draws = rng.integers(prompts, size=(RESAMPLES, prompts))
    values = [measure(found[draw].ravel(), measured[draw].ravel()) for draw in draws]
    low, high = np.nanpercentile(values, [_TAIL, 100 - _TAIL])
    return Estimate(measure(found.ravel(), measured.ravel()), float(low), float(high))


def _pearson(found: Floats, measured: Floats) -> float:
    first, second = found - found.mean(), measured - measured.mean()
    scale = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / scale if scale else float("nan")


def _spearman(found: Floats, measured: Floats) -> float:
    return _pearson(rankdata(found), rankdata(measured))


def _agreement(found: Floats, measured: Floats) -> float:
    return float((np.sign(found) == np.sign(measured)).mean())


def _error(found: Floats, measured: Floats) -> float:
    return float(np.abs(found - measured).mean())
