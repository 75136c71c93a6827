"""What would be seen if nothing were there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.statistics import LEVEL


@dataclass(frozen=True)
class Null:
    """A value under the null, over draws."""

    mean: float
    low: float
    """2.5 % quantile of the draws."""
    high: float
    """97.5 % quantile of the draws."""
    draws: int


def null_of(values: npt.NDArray[Any]) -> list[Null]:
    """Null of each column of values [draw, column]."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    columns = zip(values.mean(axis=0), low, high, strict=True)
    return [Null(float(mean), float(a), float(b), len(values)) for mean, a, b in columns]
