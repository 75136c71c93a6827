"""P values of several tests."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def holm(p: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjust p values [test] so that, compared with α, the familywise error is α.

    Source: Holm 1979, Scandinavian Journal of Statistics 6.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    factors = np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * values[order]))
    return adjusted


def benjamini_hochberg(p: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjust p values [test] so that, compared with α, the false discovery rate is α.

    Source: Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57.
    """
    from scipy.stats import false_discovery_control

    values = np.asarray(p, dtype=np.float64)
    return np.asarray(false_discovery_control(values)) if len(values) else values
