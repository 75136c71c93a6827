"""Standard errors of means, with groups of items as the sampling units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mceval8k.statistics.bootstrap import Floats, group_sums


def standard_errors(values: npt.NDArray[Any], groups: npt.ArrayLike) -> Floats:
    """Standard error [column] of each column's mean.

    √( G/(G − 1) · Σ_g ( Σ_{i∈g} (x_i − mean) )² ) / n for G groups of n items in all; it is that of
    a plain mean where each item is its own group.

    Parameters
    ----------
    values
        Numbers [item, column].
    groups
        Group of each item [item], two at least.
    """
    sums = group_sums(values - values.mean(axis=0), groups)
    count = len(sums)
    if count < 2:
        raise ValueError("one group has no standard error")
    return np.asarray(np.sqrt(count / (count - 1) * (sums**2).sum(axis=0)) / len(values))


def smallest_within_one_error(
    right: npt.NDArray[np.bool_], sizes: Sequence[int], groups: npt.ArrayLike
) -> int:
    """The smallest size whose accuracy is at least the best one minus its standard error.

    Source: Breiman, Friedman, Olshen and Stone 1984, Classification and Regression Trees, section
    3.4.3 (the 1 SE rule).

    Parameters
    ----------
    right
        Whether each answer is right [item, size].
    sizes
        Size of each column [size].
    groups
        Group of each item [item].
    """
    accuracy = right.mean(axis=0)
    best = int(accuracy.argmax())
    enough = accuracy >= accuracy[best] - standard_errors(right[:, [best]], groups)[0]
    return min(size for size, reaches in zip(sizes, enough, strict=True) if reaches)
