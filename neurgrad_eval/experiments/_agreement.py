"""How well predicted changes meet measured ones, over all prompts and within each.

Correlations over all prompts' points are those of the prompts whose changes are largest: within a
prompt, points share its scale. The mean of the prompts' own correlations weighs all alike. What a
few prompts decide has no interval: where their scales differ by a factor of e² and more, those of
a bootstrap over prompts hold the true Pearson correlation and slope in 83 to 91 % of cases, and the
true mean error in 55 to 75 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from mceval8k.statistics import MIN_GROUPS, Estimate, Resamples, percentile_interval

Floats = npt.NDArray[np.float64]
_CONSTANT = 1e-12  # of the mean square: a variance below it is rounding
_FEWEST = 3  # points of a prompt: two always lie on a line
_CHUNK = 2_000_000  # values of ranks that are held at a time


def pearson(found: Floats, measured: Floats) -> float:
    """Pearson correlation; NaN where one of the two is constant."""
    if not np.ptp(found) or not np.ptp(measured):
        return float("nan")
    first, second = (values.ravel() - values.mean() for values in (found, measured))
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def spearman(found: Floats, measured: Floats) -> float:
    """Pearson correlation of the ranks, equal values sharing theirs; NaN where one is constant."""
    return pearson(rankdata(found), rankdata(measured))


def compare(
    predicted: Floats, measured: Floats, resamples: Resamples
) -> dict[str, Estimate | None]:
    """All measures over all prompts' points; ranks and signs with intervals over prompts.

    `pearson`, `spearman`, `error` (mean absolute), `slope` (of measured on predicted values,
    through the origin: 1 where the prediction is right) and `sign_agreement`. Points that are not
    known (NaN) are left out. A measure is None where it is not defined: a correlation of constant
    values, or of a single one. Intervals are of 95 %, by bootstrap over prompts; bounds are NaN
    with fewer than `MIN_GROUPS` prompts, and those of `pearson`, `error` and `slope` always.

    Parameters
    ----------
    predicted, measured
        Both [prompt, point].
    resamples
        Of the prompts.
    """
    known = np.isfinite(predicted) & np.isfinite(measured)
    x, y = (np.where(known, values, 0.0) for values in (predicted, measured))
    u, v = (np.where(known, one - one.sum() / max(1, known.sum()), 0.0) for one in (x, y))
    terms = (
        *(known, u, v, u * u, v * v, u * v),
        *(np.abs(x - y), x * y, x * x, known & (np.sign(x) == np.sign(y))),
    )
    sums = np.stack([term.sum(1) for term in terms], axis=1)
    times = np.ones((1, len(x)), dtype=np.int32)
    whole = _measures(sums.sum(0, keepdims=True)) | _ranked(x, y, known, times)
    drawn: Mapping[str, Floats] = {}
    if len(x) >= MIN_GROUPS:
        with np.errstate(invalid="ignore", divide="ignore"):
            alike = np.divide(*resamples.sums(sums[:, [-1, 0]]).T)
        drawn = {"sign_agreement": alike} | _ranked(x, y, known, resamples.times)
    return {
        name: _interval(float(whole[name][0]), drawn.get(name, np.zeros(0)))
        for name in ("pearson", "spearman", "error", "slope", "sign_agreement")
    }


def compare_within(
    predicted: Floats, measured: Floats, resamples: Resamples
) -> dict[str, Estimate | None]:
    """Mean over prompts of each one's own correlation: `pearson_by_prompt`, `spearman_by_prompt`.

    Prompts of fewer than three known points, or of constant values, have none and are left out.
    Parameters, None and intervals are those of `compare`.
    """
    found = {}
    for measure in (pearson, spearman):
        values = np.array(
            [_own(measure, x, y) for x, y in zip(predicted, measured, strict=True)], dtype=float
        )
        known = np.isfinite(values)
        sums = np.stack([np.where(known, values, 0.0), known], axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            total, count = sums.sum(0)
            draws = np.divide(*resamples.sums(sums).T) if known.sum() >= MIN_GROUPS else np.zeros(0)
            found[f"{measure.__name__}_by_prompt"] = _interval(float(total / count), draws)
    return found


def _own(measure: Callable[[Floats, Floats], float], x: Floats, y: Floats) -> float:
    known = np.isfinite(x) & np.isfinite(y)
    return measure(x[known], y[known]) if known.sum() >= _FEWEST else float("nan")


def _interval(value: float, draws: Floats) -> Estimate | None:
    return percentile_interval(value, draws) if math.isfinite(value) else None


def _measures(sums: Floats) -> dict[str, Floats]:
    """Measures [draw] from sums [draw, term]."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums.T[1:] / sums.T[0]
        return {
            "pearson": _correlation(*means[:5]),
            "error": means[5],
            "slope": means[6] / means[7],
            "sign_agreement": means[8],
        }


def _ranked(
    x: Floats, y: Floats, known: npt.NDArray[np.bool_], times: npt.NDArray[np.int32]
) -> dict[str, Floats]:
    """Spearman correlation [draw] of prompts that are drawn so many times [draw, prompt]."""
    places, prompts = np.flatnonzero(known), np.nonzero(known)[0]
    if not len(places):
        return {"spearman": np.full(len(times), np.nan)}
    values = [x.ravel()[places], y.ravel()[places]]
    size = max(1, _CHUNK // len(places))
    parts = []
    for start in range(0, len(times), size):
        weights = times[start : start + size, prompts].astype(np.float64)
        total = weights.sum(1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            r, s = (_ranks(one, weights) - (total + 1) / 2 for one in values)
            terms = (r, s, r * r, s * s, r * s)
            means = [(weights * term).sum(1) / total[:, 0] for term in terms]
            parts.append(_correlation(*means))
    return {"spearman": np.concatenate(parts)}


def _ranks(values: Floats, weights: Floats) -> Floats:
    """Ranks [draw, point] among points that are there so many times, equal ones sharing theirs."""
    _, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    counts = np.add.reduceat(weights[:, order], starts, axis=1)
    below = np.cumsum(counts, axis=1) - counts
    return np.asarray((below + (counts + 1) / 2)[:, place])


def _correlation(u: Floats, v: Floats, uu: Floats, vv: Floats, uv: Floats) -> Floats:
    """From means; NaN where one of the two is constant."""
    first, second = uu - u * u, vv - v * v
    varied = (first > _CONSTANT * uu) & (second > _CONSTANT * vv)
    found = (uv - u * v) / np.sqrt(first * second)
    return np.where(varied, found.clip(-1, 1), np.nan)
