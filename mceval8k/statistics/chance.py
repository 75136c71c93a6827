"""What is seen against what chance has: agreement of answers, overlap of sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mceval8k.statistics.bootstrap import Floats
from mceval8k.statistics.standard_error import standard_errors


@dataclass(frozen=True)
class AboveChance:
    """Whether answers agree with the gold ones more often than chance has it.

    Attributes
    ----------
    lift : float64 [column]
        Accuracy minus the agreement expected of answers that are given without regard to the item,
        each as often as it was given: Σ_k (share of answers k)·(share of gold k).
    p : float64 [column]
        One-sided p value of lift ≤ 0: by the t distribution with one degree of freedom less than
        there are groups, over which the standard error is.
    """

    lift: Floats
    p: Floats


def above_chance(
    answers: npt.NDArray[np.int64], labels: npt.NDArray[np.int64], groups: npt.ArrayLike
) -> AboveChance:
    """Test columns of answers [item, column] against chance.

    A probe that always gives one answer has a lift of 0, whatever the share of that label.

    Parameters
    ----------
    answers
        Answers, from 0 [item, column].
    labels
        Gold answers [item].
    groups
        Group of each item [item], two at least.
    """
    from scipy.stats import t

    shares = np.bincount(labels, minlength=int(answers.max()) + 1) / len(labels)
    gains = (answers == labels[:, None]) - shares[answers]
    lift, error = gains.mean(axis=0), standard_errors(gains, groups)
    steps = np.divide(lift, error, out=np.where(lift > 0, np.inf, 0.0), where=error > 0)
    return AboveChance(lift, t.sf(steps, len(np.unique(np.asarray(groups))) - 1))


@dataclass(frozen=True)
class Overlap:
    """How many members two sets have in common."""

    common: int
    jaccard: float
    """Common ones over those in either."""
    expected: float
    """Common ones, were the sets drawn at random."""
    p: float
    """Hypergeometric: probability of as many common ones or more, were they drawn at random."""


def overlap(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], of: int) -> Overlap:
    """Overlap of two sets [member] of numbers below `of`."""
    from scipy.stats import hypergeom

    common = len(np.intersect1d(first, second))
    either = len(first) + len(second) - common
    return Overlap(
        common,
        common / either if either else 0.0,
        len(first) * len(second) / of,
        float(hypergeom.sf(common - 1, of, len(first), len(second))),
    )
