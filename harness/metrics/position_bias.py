"""Position bias: whether a model chooses an answer symbol more often than it is right.

The share of items for which each symbol is chosen stands against the share for which it is right.
Their total-variation distance, half the sum of the absolute differences, is 0 for a model without
preference and at most 1; it is the least share of answers that would have to change. A distance is
above 0 by chance alone, and so are all its resamples: it has no bootstrap interval that covers 0.
Whether the two distributions differ at all is tested by Stuart's and Maxwell's test of marginal
homogeneity, since both are of the same items (Stuart 1955, Biometrika 42; Maxwell 1970, British
Journal of Psychiatry 116).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from mceval8k.statistics import Estimate


def one_hot(positions: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Indicator of each position, [item, position]."""
    indicator: NDArray[np.float64] = (positions[:, None] == np.arange(n)).astype(np.float64)
    return indicator


def total_variation(gold: NDArray[np.float64], chosen: NDArray[np.float64]) -> Estimate:
    """Total-variation distance between shares of gold and of chosen positions, without interval.

    Parameters
    ----------
    gold, chosen
        Share of an item's golds and answers at each position, [item, position].
    """
    return Estimate.bare(float(np.abs((chosen - gold).mean(axis=0)).sum() / 2))


def marginal_homogeneity(
    gold: NDArray[np.int64], chosen: NDArray[np.int64], n: int
) -> tuple[float, float]:
    """Stuart's and Maxwell's statistic and its p-value.

    Parameters
    ----------
    gold, chosen
        Positions, [item].
    n
        Number of positions. Those that are neither gold nor chosen do not count.

    Returns
    -------
    tuple
        Statistic and p-value; 0 and 1 where no answer differs from its gold's position.
    """
    table = one_hot(gold, n).T @ one_hot(chosen, n)
    difference = table.sum(1) - table.sum(0)
    covariance = np.diag(table.sum(1) + table.sum(0)) - table - table.T
    # One position follows from the others; the pseudo-inverse also takes out those never used.
    statistic = float(difference @ np.linalg.pinv(covariance, hermitian=True) @ difference)
    degrees = int(np.linalg.matrix_rank(covariance, hermitian=True))
    return statistic, float(chi2.sf(statistic, degrees)) if degrees else 1.0
