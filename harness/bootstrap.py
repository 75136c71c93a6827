"""Bootstrap over groups of items, for measures that have no closed interval.

Items of one group (one source sentence, one document, one set of translations) are not
independent, so whole groups are drawn with replacement. Every measure here is a function of sums
over items, so a resample is a vector of weights and all of them are one matrix product.

Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13 (percentile
interval); Field and Welsh 2007, JRSS B 69 (clusters).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.statistics import Estimate

RESAMPLES = 2000
SEED = 0

Sums = NDArray[np.float64]
Statistic = Callable[[Sums], NDArray[np.float64]]
"""From sums over items, [..., feature], to values, [...]."""


def group_weights(
    groups: Sequence[str], resamples: int = RESAMPLES, seed: int = SEED
) -> NDArray[np.float64]:
    """How often each item is drawn, [resample, item], where whole groups are drawn.

    The same groups in the same order give the same weights. Of a single group nothing can be said:
    there are no resamples.
    """
    names, index = np.unique(np.array(groups, dtype=str), return_inverse=True)
    if len(names) < 2:
        return np.empty((0, len(groups)))
    generator = np.random.default_rng(seed)
    even = np.full(len(names), 1 / len(names))
    counts = generator.multinomial(len(names), even, size=resamples)
    return counts[:, index].astype(np.float64)


def bootstrap(
    features: NDArray[np.float64], weights: NDArray[np.float64], statistic: Statistic
) -> Estimate:
    """Value of a statistic with its 95 % percentile interval.

    Parameters
    ----------
    features
        What the statistic sums over items, [item, feature].
    weights
        Resamples, from `group_weights`, [resample, item].
    statistic
        Function of the sums.

    Returns
    -------
    Estimate
        Resamples in which the statistic is not defined are left out. The value is NaN without
        items, the limits are NaN with fewer than two groups.
    """
    if not len(features):
        return Estimate(float("nan"), float("nan"), float("nan"))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(statistic(features.sum(axis=0)))
        drawn = statistic(weights @ features)
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (np.nan, np.nan)
    return Estimate(value, float(low), float(high))


def mean_of(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Estimate:
    """Mean over items, [item], with its interval over groups."""
    return bootstrap(with_count(values), weights, lambda sums: sums[..., 0] / sums[..., -1])


def with_count(*columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns side by side, [item, feature], and a last one that counts the items."""
    stacked = np.column_stack(columns).astype(np.float64)
    return np.column_stack([stacked, np.ones(len(stacked))])
