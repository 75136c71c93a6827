"""Scores of a task's own: how often one option is preferred to another, whatever the gold is.

StereoSet's stereotype score is one (Nadeem et al. 2021, section 5.2): the share of items on which
the stereotype is more probable than the anti-stereotype; 0.5 is ideal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.samples.sample import samples_of
from mceval8k.statistics import Estimate, resample, share_over
from mceval8k.task import Task


def preferences(task: Task, logged: Sequence[Mapping[str, Any]]) -> dict[str, Estimate]:
    """Share of items on which the first of two options has the higher log-likelihood.

    Parameters
    ----------
    task
        Its `preferences` name the columns that hold the options' indices.
    logged
        lm-eval's samples of it, with all columns of the items; a tie counts one half.

    Returns
    -------
    dict
        By name of the score: share with its interval, by bootstrap over groups.
    """
    resamples = resample([sample["doc"]["group"] for sample in logged])
    found = {}
    for name, (one, other) in task.preferences.items():
        gaps = np.array([_gap(sample, one, other) for sample in logged])
        found[name] = share_over((np.sign(gaps) + 1) / 2, resamples)
    return found


def _gap(sample: Mapping[str, Any], one: str, other: str) -> float:
    """Log-likelihood of the option in column `one` minus that of the one in `other`."""
    scores = samples_of([sample])[0].log_likelihoods
    gap: float = scores[sample["doc"][one]] - scores[sample["doc"][other]]
    return gap
