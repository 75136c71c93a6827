"""Folds of whole groups: nothing is learnt from a group that is answered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
LEAST = 30
"""Groups without which nothing is learnt."""


def folds(groups: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows that are learnt from, and rows that are answered, for each fold."""
    from sklearn.model_selection import GroupKFold

    yield from GroupKFold(FOLDS).split(groups, groups=groups)
