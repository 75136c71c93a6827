"""The label that is most frequent among texts of about that length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from builders.audit.baselines.distinct_rows import DistinctRows, Guess
from builders.audit.baselines.folds import folds
from builders.audit.facts import text_columns

_BINS = 10


def lengths(distinct: DistinctRows) -> Iterator[Guess]:
    """What the length of each text column gets right, in ten bins of equal size."""
    for column in text_columns(distinct.task):
        found = np.array([len(text) for text in distinct.column(column)])
        credit = np.zeros(len(found))
        for part in distinct.by_language():
            credit[part] = _right(found[part], distinct.labels[part], distinct.groups[part])
        yield Guess(f"the length of `{column}`", credit)


def _right(
    found: NDArray[np.int64], labels: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.bool_]:
    right = np.zeros(len(labels), dtype=bool)
    for known, held_out in folds(groups):
        edges = np.quantile(found[known], np.arange(1, _BINS) / _BINS)
        bins = np.searchsorted(edges, found)
        table = np.zeros((_BINS, labels.max() + 1))
        np.add.at(table, (bins[known], labels[known]), 1)
        right[held_out] = table.argmax(axis=1)[bins[held_out]] == labels[held_out]
    return right
