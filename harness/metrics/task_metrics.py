"""What is measured of a task beyond its accuracy, with 95 % intervals where they are known to hold.

Measures and their sources are described in docs/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.metrics.calibration import Bin, calibration
from harness.metrics.position_bias import marginal_homogeneity, one_hot, total_variation
from harness.metrics.rotation_metrics import rotation_metrics
from harness.samples.answers import Answers
from harness.samples.counts import Count, mean_accuracy
from mceval8k.statistics import Estimate, resample, share_of, share_over


@dataclass(frozen=True)
class Position:
    """How often an answer symbol is right and how often it is chosen."""

    symbol: str
    gold: Estimate
    """Share of items whose right option stands here."""
    chosen: Estimate
    """Share of items answered with it."""


@dataclass(frozen=True)
class TaskMetrics:
    """Measures of one task."""

    task: str
    values: Mapping[str, Estimate]
    """Measures by name; those of rotations begin with `rotation_`."""
    positions: tuple[Position, ...]
    position_test: tuple[float, float]
    """Statistic and p-value of the test that gold and chosen positions are distributed alike."""
    bins: tuple[Bin, ...]
    """Reliability diagram: the bins of the expected calibration error."""
    languages: Mapping[str, Mapping[str, Estimate]]
    """Measures by language, for tasks with several."""
    counts: Mapping[str, Count]
    """Right answers by language, for tasks with several."""


def task_metrics(
    task: str, answers: Sequence[Answers], own: Mapping[str, Estimate] | None = None
) -> TaskMetrics:
    """Measures of a task from all answers of a run; `own` are those that only this task has."""
    rotations = [given for given in answers if given.task == task]
    plain = next(given for given in rotations if given.rotation == 0)
    langs = sorted(set(plain.langs))
    by_lang = {
        lang: [given.select(np.array(given.langs) == lang) for given in rotations]
        for lang in (langs if len(langs) > 1 else ())
    }
    finite = plain.select(plain.is_finite)
    return TaskMetrics(
        task=task,
        values=measures(rotations) | dict(own or {}),
        positions=_positions(plain),
        position_test=marginal_homogeneity(plain.gold, plain.chosen, len(plain.symbols)),
        bins=calibration(finite.log_probabilities, finite.gold, finite.groups).bins,
        languages={lang: measures(given) for lang, given in by_lang.items()},
        counts={lang: given[0].count for lang, given in by_lang.items()},
    )


def measures(rotations: Sequence[Answers]) -> dict[str, Estimate]:
    """Measures by name of answers to the same items, rotation 0 first."""
    plain = rotations[0]
    resamples = resample(plain.groups)
    n = len(plain.symbols)
    finite = plain.select(plain.is_finite)
    calibrated = calibration(finite.log_probabilities, finite.gold, finite.groups)
    return {
        "accuracy": plain.count.estimate,
        "accuracy_by_group": share_over(plain.correct.astype(np.float64), resamples),
        "balanced_accuracy": balanced_accuracy(plain.correct, plain.gold),
        "position_bias": total_variation(one_hot(plain.gold, n), one_hot(plain.chosen, n)),
        "brier": calibrated.brier,
        "ece": calibrated.ece,
        "ece_if_calibrated": calibrated.ece_if_calibrated,
        "option_mass": calibrated.option_mass,
        **(rotation_metrics(rotations) if len(rotations) > 1 else {}),
    }


def balanced_accuracy(correct: NDArray[np.bool_], gold: NDArray[np.int64]) -> Estimate:
    """Mean over gold positions of the share of right answers (recall).

    Positions that are never gold do not count. Where the options of all items are the same, a
    position is a class.

    Parameters
    ----------
    correct
        Whether each answer is right, [item].
    gold
        Position of the right option, [item].
    """
    rows = [correct[gold == position] for position in np.unique(gold)]
    return mean_accuracy([Count(int(row.sum()), len(row)) for row in rows])


def _positions(answers: Answers) -> tuple[Position, ...]:
    return tuple(
        Position(
            symbol=symbol,
            gold=share_of(answers.gold == position),
            chosen=share_of(answers.chosen == position),
        )
        for position, symbol in enumerate(answers.symbols)
    )
