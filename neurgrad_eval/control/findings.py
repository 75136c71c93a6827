"""How well the sum of single slopes predicts joint shifts, by number of neurons and size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import rankdata

from neurgrad_eval.control.measure import Controlled
from neurgrad_eval.control.settings import ControlSettings, Selection
from neurgrad_eval.statistics import Estimate

Floats = npt.NDArray[np.float64]
Prediction = Literal["neurgrad", "neg", "neurgrad_log_odds"]
Direction = Literal["along", "against", "both"]
RESAMPLES = 1000
_TINY = 2.0**-53  # keeps a base of exactly 0 or 1 on the scale
_CONSTANT = 1e-12  # of the mean square: a variance below it is rounding
_TAIL = 2.5  # per cent on either side of the interval
_WAYS: dict[Direction, slice] = {"both": slice(None), "along": slice(1), "against": slice(1, None)}
MEASURES = ("pearson", "spearman", "error", "slope", "sign_agreement")


@dataclass(frozen=True)
class Score:
    """Prediction against measurement over the prompts, for one kind of set and one shift.

    Intervals are of 95 % by bootstrap over prompts; for Spearman's correlation, the ranks among
    all prompts are drawn with them. A measure is None where it is not defined: a
    correlation of constant values, or of a single one.
    """

    prediction: Prediction
    """`neurgrad`: Σ NeurGrad·Δ; `neg`: Σ NEG·Δ with measured slopes; `neurgrad_log_odds`: what the
    sum of NeurGrad comes to if it is the log-odds that move by it, p(1 − p) per unit, so that the
    prediction is a probability."""
    selection: Selection
    neurons: int
    shift: float
    direction: Direction
    """Along polarity, against it, or both kinds of shift together."""
    points: int
    predicted: float
    """Mean size of the predicted change of probability."""
    measured: float
    """Mean size of the measured change."""
    pearson: Estimate | None
    spearman: Estimate | None
    error: Estimate | None
    """Mean absolute error, in probability."""
    slope: Estimate | None
    """Of measured on predicted changes, through the origin: 1 where the sum is right."""
    sign_agreement: Estimate | None
    """Share of measured changes that have the predicted sign."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, one per column."""
        plain = {name: value for name, value in vars(self).items() if name not in MEASURES}
        for name in MEASURES:
            found: Estimate | None = getattr(self, name)
            plain[name] = None if found is None else found.value
            plain[f"{name}_low"] = None if found is None else found.low
            plain[f"{name}_high"] = None if found is None else found.high
        return plain


@dataclass(frozen=True)
class Findings:
    """What a run finds."""

    prompts: int
    scores: tuple[Score, ...]
    points: tuple[Controlled, ...]
    """For the scatter."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; the points are in their table."""
        return {"prompts": self.prompts, "scores": [one.to_dict() for one in self.scores]}


def find(controlled: Iterable[Controlled], settings: ControlSettings) -> Findings:
    """Score every kind of set, size of shift and direction over the prompts."""
    points = tuple(controlled)
    rng = np.random.default_rng(settings.seed)
    share = np.full(len(points), 1 / len(points))
    times = rng.multinomial(len(points), share, size=RESAMPLES).astype(np.float64)
    scores = tuple(_scores(points, settings, times))
    return Findings(len(points), scores, points)


def _scores(
    points: Sequence[Controlled], settings: ControlSettings, times: Floats
) -> Iterator[Score]:
    measured = np.stack([one.measured for one in points])
    predictions: dict[Prediction, Floats] = {
        "neurgrad": np.stack([one.by_neurgrad for one in points]),
        "neg": np.stack([one.by_neg for one in points]),
        "neurgrad_log_odds": np.stack([in_log_odds(one) for one in points]),
    }
    for name, predicted in predictions.items():
        for s, selection in enumerate(settings.selections):
            for n, number in enumerate(settings.numbers):
                if np.isnan(predicted[:, s, n]).any():
                    continue
                for h, shift in enumerate(settings.shifts):
                    for direction, way in _WAYS.items():
                        x, y = (values[:, s, n, way, h] for values in (predicted, measured))
                        yield Score(
                            name,
                            selection,
                            number,
                            shift,
                            direction,
                            x.size,
                            float(np.abs(x).mean()),
                            float(np.abs(y).mean()),
                            **compare(x, y, times),
                        )


def in_log_odds(one: Controlled) -> Floats:
    """NeurGrad's sums as shifts of the answer's log-odds: predicted changes of probability."""
    base = min(max(one.base, _TINY), 1 - _TINY)
    return np.asarray(expit(logit(base) + one.by_neurgrad / (base * (1 - base))) - base)


def compare(predicted: Floats, measured: Floats, times: Floats) -> dict[str, Estimate | None]:
    """All measures with their intervals.

    Parameters
    ----------
    predicted, measured
        Both [prompt, point].
    times
        How often each resample holds each prompt [resample, prompt].
    """
    sums = _sums(predicted, measured)
    whole = _measures(sums.sum(0, keepdims=True), predicted.size)
    resampled = _measures(times @ sums, predicted.size)
    return {name: _estimate(float(whole[name][0]), resampled[name]) for name in MEASURES}


def _estimate(value: float, resampled: Floats) -> Estimate | None:
    if not math.isfinite(value):
        return None
    low, high = np.nanpercentile(resampled, [_TAIL, 100 - _TAIL])
    return Estimate(value, float(low), float(high))


def _sums(x: Floats, y: Floats) -> Floats:
    """Sums over each prompt's points from which all measures follow [prompt, sum]."""
    u, v = (values - values.mean() for values in (x, y))
    r, s = (_ranks(values) for values in (x, y))
    terms = (
        *(u, v, u * u, v * v, u * v),
        *(r, s, r * r, s * s, r * s),
        *(np.abs(x - y), x * y, x * x, np.sign(x) == np.sign(y)),
    )
    return np.stack([term.sum(1) for term in terms], axis=1)


def _ranks(values: Floats) -> Floats:
    """Ranks among all points of all prompts, centred."""
    ranks = rankdata(values.reshape(-1)).reshape(values.shape)
    return np.asarray(ranks - ranks.mean())


def _measures(sums: Floats, points: int) -> dict[str, Floats]:
    """Measures [resample] from sums [resample, sum] over so many points."""
    means = sums.T / points
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "pearson": _correlation(means[:5]),
            "spearman": _correlation(means[5:10]),
            "error": means[10],
            "slope": means[11] / means[12],
            "sign_agreement": means[13],
        }


def _correlation(means: Floats) -> Floats:
    """From the means of u, v, u², v² and uv; NaN where one of the two is constant."""
    u, v, uu, vv, uv = means
    first, second = uu - u * u, vv - v * v
    varied = (first > _CONSTANT * uu) & (second > _CONSTANT * vv)
    found = (uv - u * v) / np.sqrt(first * second)
    return np.where(varied, found.clip(-1, 1), np.nan)
