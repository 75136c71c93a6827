"""From lm-eval's samples to scores: counts per task, and what lm-eval passes over in silence.

lm-eval answers with the first of the options of highest log-likelihood, and with the first option
whose score is NaN. Both are counted here beside the accuracy, which stays lm-eval's own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.samples.counts import Count, genre_macro, micro
from harness.samples.sample import Sample
from mceval8k.statistics import Estimate
from mceval8k.task import Task


@dataclass(frozen=True)
class TaskScore:
    """How a model did on one task."""

    task: str
    genre: str
    count: Count
    chance: float
    """Expected accuracy of a uniform guess."""
    ties: int
    """Items on which several options share the highest score; the first of them was taken."""
    non_finite: int
    """Items with a score that is NaN or infinite; their answers mean nothing."""
    num_fewshot: int
    """Demonstrations before each item."""
    unreadable: int = 0
    """Items whose generated reply names no option; they count as wrong."""

    @property
    def accuracy(self) -> Estimate:
        """Accuracy with Wilson's 95 % interval."""
        return self.count.estimate


@dataclass(frozen=True)
class Averages:
    """The two averages over tasks."""

    micro: Estimate
    """Over all items."""
    genre_macro: Estimate
    """Mean over genres of the mean over tasks."""


def score_task(task: Task, samples: Sequence[Sample], num_fewshot: int) -> TaskScore:
    """Score of a task, from lm-eval's samples of it."""
    scores = [sample.log_likelihoods for sample in samples]
    finite = [values for values in scores if all(map(math.isfinite, values))]
    return TaskScore(
        task=task.name,
        genre=task.genre,
        count=Count(sum(int(sample.verdict) for sample in samples), len(samples)),
        chance=sum(1 / len(values) for values in scores) / len(scores),
        ties=sum(values.count(max(values)) > 1 for values in finite),
        non_finite=len(scores) - len(finite),
        num_fewshot=num_fewshot,
    )


def averages(scores: Sequence[TaskScore]) -> Averages:
    """Both averages of the tasks' accuracies."""
    genres: dict[str, list[Count]] = defaultdict(list)
    for score in scores:
        genres[score.genre].append(score.count)
    return Averages(micro([score.count for score in scores]), genre_macro(genres))


def average_chances(scores: Sequence[TaskScore]) -> Mapping[str, float]:
    """What a uniform guess would reach, by the name of each average."""
    genres: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        genres[score.genre].append(score.chance)
    means = [sum(chances) / len(chances) for chances in genres.values()]
    items = sum(score.count.n for score in scores)
    return {
        "micro": sum(score.chance * score.count.n for score in scores) / items,
        "genre_macro": sum(means) / len(means),
    }
