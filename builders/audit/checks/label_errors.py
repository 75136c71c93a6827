"""`label-errors`: labels that a classifier of words contradicts with confidence.

Confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70), by cleanlab: a row is reported if
another label has a probability, by a classifier that has not seen its group, as high as it has on
average for the rows of that label. Looked at are tasks whose words decide, with fixed options, if
the classifier is reliable. It is information: rows to look at, of which many are right.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from builders.audit.baselines import measure
from builders.audit.finding import Check, Finding, first, percent
from builders.audit.rows import TaskRows

RELIABLE = 0.8
"""Accuracy of the classifier without which it says nothing about labels."""


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows with a doubtful label, the most doubtful first."""
    for baseline in measure(rows):
        probabilities = baseline.guess.probabilities
        if probabilities is None or baseline.accuracy.value < RELIABLE:
            continue
        labels = np.array([rows.labels[row] for row in rows.distinct])
        found = [rows.distinct[row] for row in _doubtful(labels, probabilities)]
        if found:
            yield Finding(
                check=CHECK.name,
                splits=rows.splits_of(found),
                count=len(found),
                of=len(labels),
                severity="info",
                message=f"{len(found):,} of {len(labels):,} distinct rows "
                f"({percent(len(found), len(labels))}) have a label that a classifier of words, "
                f"right for {baseline.accuracy.value:.0%}, contradicts with confidence.",
                examples=first(rows.ids[row] for row in found),
            )


def _doubtful(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> list[int]:
    from cleanlab.filter import find_label_issues

    found: list[int] = find_label_issues(
        labels,
        probabilities,
        filter_by="confident_learning",
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    ).tolist()
    return found


CHECK = Check("label-errors", "row", "a label is contradicted by the words of the text", find)
