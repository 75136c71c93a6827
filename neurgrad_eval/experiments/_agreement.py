"""How well predicted changes meet measured ones."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from mceval8k.statistics import Estimate, Resamples, percentile_interval

Floats = npt.NDArray[np.float64]
MEASURES = ("pearson", "spearman", "error", "slope", "sign_agreement")
_CONSTANT = 1e-12  # of the mean square: a variance below it is rounding


def pearson(found: Floats, measured: Floats) -> float:
    """Pearson correlation; NaN where one of the two is constant."""
    if not np.ptp(found) or not np.ptp(measured):
        return float("nan")
    first, second = (values.ravel() - values.mean() for values in (found, measured))
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def spearman(found: Floats, measured: Floats) -> float:
    """Rank correlation; NaN where one of the two is constant."""
    return pearson(rankdata(found), rankdata(measured))


def sign_agreement(found: Floats, measured: Floats) -> float:
    """Share of values of equal sign."""
    return float((np.sign(found) == np.sign(measured)).mean())


def error(found: Floats, measured: Floats) -> float:
    """Mean absolute error."""
    return float(np.abs(found - measured).mean())


def compare(
    predicted: Floats, measured: Floats, resamples: Resamples
) -> dict[str, Estimate | None]:
    """All measures with their intervals over prompts, from sums over each prompt's points.

    The slope is that of measured on predicted values, through the origin: 1 where the prediction is
    right. For Spearman's correlation, the ranks among all prompts are drawn with them. A measure is
    None where it is not defined: a correlation of constant values, or of a single one.

    Parameters
    ----------
    predicted, measured
        Both [prompt, point].
    resamples
        Of the prompts.
    """
    sums = _sums(predicted, measured)
    whole = _measures(sums.sum(0, keepdims=True), predicted.size)
    drawn = _measures(resamples.sums(sums), predicted.size)
    return {
        name: percentile_interval(value, drawn[name])
        if math.isfinite(value := float(whole[name][0]))
        else None
        for name in MEASURES
    }


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
        values = (
            _correlation(means[:5]),
            _correlation(means[5:10]),
            means[10],
            means[11] / means[12],
            means[13],
        )
    return dict(zip(MEASURES, values, strict=True))


def _correlation(means: Floats) -> Floats:
    """From the means of u, v, u², v² and uv; NaN where one of the two is constant."""
    u, v, uu, vv, uv = means
    first, second = uu - u * u, vv - v * v
    varied = (first > _CONSTANT * uu) & (second > _CONSTANT * vv)
    found = (uv - u * v) / np.sqrt(first * second)
    return np.where(varied, found.clip(-1, 1), np.nan)
