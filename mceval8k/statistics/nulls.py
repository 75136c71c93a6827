"""What would be seen if nothing were there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mceval8k.statistics.estimate import LEVEL

ENOUGH = 199
"""Draws from which quantiles are given: the 2.5 % quantile of fewer is about the smallest draw."""


@dataclass(frozen=True)
class Null:
    """A value under the null, over draws.

    With 199 draws or more, bounds are their 2.5 and 97.5 % quantiles; with fewer they are the
    smallest and the largest of the draws.
    """

    mean: float
    low: float
    high: float
    draws: int


def null_of(values: npt.NDArray[Any]) -> list[Null]:
    """Null of each column of values [draw, column]; see `Null` for the meaning of its bounds."""
    tail = (1 - LEVEL) / 2 if len(values) >= ENOUGH else 0.0
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    columns = zip(values.mean(axis=0), low, high, strict=True)
    return [Null(float(mean), float(a), float(b), len(values)) for mean, a, b in columns]
