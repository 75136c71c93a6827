"""Measures over all cyclic rotations of the options."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.metrics.position_bias import one_hot, total_variation
from harness.samples.answers import Answers
from mceval8k.errors import DataError
from mceval8k.statistics import Estimate, resample, share_of, share_over


def rotation_metrics(rotations: Sequence[Answers]) -> dict[str, Estimate]:
    """Measures by name.

    Parameters
    ----------
    rotations
        Answers to the same items in the same order, one per rotation.

    Returns
    -------
    dict
        `rotation_accuracy`: mean over rotations and items; `rotation_all_right`: share of items
        right under every rotation; `rotation_consistent`: share of items answered with the same
        option, right or not, under every rotation; `rotation_position_bias`: total-variation
        distance of `harness.metrics.position_bias` over the answers to all rotations, in which
        every position is right equally often.
    """
    first = rotations[0]
    if any(given.ids != first.ids for given in rotations):
        raise DataError(f"task {first.task}: the rotations are not of the same items")
    resamples = resample(first.groups)
    n = len(first.symbols)
    correct = np.stack([given.correct for given in rotations])
    options = np.stack([(g.chosen - g.rotation) % g.n_options for g in rotations])
    gold = np.mean([one_hot(given.gold, n) for given in rotations], axis=0)
    chosen = np.mean([one_hot(given.chosen, n) for given in rotations], axis=0)
    return {
        "rotation_accuracy": share_over(correct.mean(axis=0), resamples),
        "rotation_all_right": share_of(correct.all(axis=0)),
        "rotation_consistent": share_of((options == options[0]).all(axis=0)),
        "rotation_position_bias": total_variation(gold, chosen),
    }
