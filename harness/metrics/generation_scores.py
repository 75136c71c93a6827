"""From lm-eval's samples of generated replies to scores and measures.

A reply names an option or cannot be read; it has no probability, so what is measured of
probabilities is NaN here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.metrics.position_bias import marginal_homogeneity, one_hot, total_variation
from harness.metrics.task_metrics import Position, TaskMetrics, balanced_accuracy
from harness.samples.counts import Count
from harness.samples.replies import read_reply
from harness.samples.sample import Sample
from harness.samples.scores import TaskScore
from mceval8k.statistics import Estimate, resample, share_of, share_over
from mceval8k.task import Task

UNREADABLE = -1
UNKNOWN = Estimate(math.nan, math.nan, math.nan)
OF_PROBABILITIES = ("brier", "ece", "ece_if_calibrated", "option_mass")
"""Measures that need probabilities."""


@dataclass(frozen=True, eq=False)
class Replies:
    """What was read in the replies to a task's items."""

    symbols: tuple[str, ...]
    langs: tuple[str, ...]
    groups: tuple[str, ...]
    n_options: NDArray[np.int64]
    gold: NDArray[np.int64]
    """Position of the right option, [item]."""
    chosen: NDArray[np.int64]
    """Position of the option that the reply names, [item]; `UNREADABLE` where it names none."""

    @property
    def is_readable(self) -> NDArray[np.bool_]:
        """Whether a reply names an option, [item]."""
        return np.asarray(self.chosen != UNREADABLE)

    @property
    def is_correct(self) -> NDArray[np.bool_]:
        """Whether a reply names the right option, [item]."""
        return np.asarray(self.chosen == self.gold)

    @property
    def right(self) -> Count:
        """Right replies; unreadable ones are wrong."""
        return Count(int(self.is_correct.sum()), len(self.gold))

    def select(self, rows: NDArray[np.bool_]) -> Replies:
        """Replies to some of the items."""
        kept = np.flatnonzero(rows).tolist()
        return Replies(
            symbols=self.symbols,
            langs=tuple(self.langs[row] for row in kept),
            groups=tuple(self.groups[row] for row in kept),
            n_options=self.n_options[rows],
            gold=self.gold[rows],
            chosen=self.chosen[rows],
        )


def read_replies(samples: Sequence[Sample]) -> Replies:
    """Read the replies in lm-eval's samples of a task."""
    chosen = [read_reply(sample.reply, sample.symbols, sample.options) for sample in samples]
    return Replies(
        symbols=max((sample.symbols for sample in samples), key=len),
        langs=tuple(sample.lang for sample in samples),
        groups=tuple(sample.group for sample in samples),
        n_options=np.array([len(sample.options) for sample in samples], dtype=np.int64),
        gold=np.array([sample.gold for sample in samples], dtype=np.int64),
        chosen=np.array(
            [UNREADABLE if option is None else option for option in chosen], dtype=np.int64
        ),
    )


def generated_score(task: Task, replies: Replies, num_fewshot: int) -> TaskScore:
    """Score of a task."""
    return TaskScore(
        task=task.name,
        genre=task.genre,
        count=replies.right,
        chance=float((1 / replies.n_options).mean()),
        ties=0,
        non_finite=0,
        num_fewshot=num_fewshot,
        unreadable=int((~replies.is_readable).sum()),
    )


def generated_metrics(task: str, replies: Replies) -> TaskMetrics:
    """Measures of a task."""
    langs = sorted(set(replies.langs))
    by_lang = {
        lang: replies.select(np.array(replies.langs) == lang)
        for lang in (langs if len(langs) > 1 else ())
    }
    readable = replies.select(replies.is_readable)
    return TaskMetrics(
        task=task,
        values=_measures(replies),
        positions=tuple(
            Position(
                symbol=symbol,
                gold=share_of(replies.gold == i),
                chosen=share_of(replies.chosen == i),
            )
            for i, symbol in enumerate(replies.symbols)
        ),
        position_test=(
            marginal_homogeneity(readable.gold, readable.chosen, len(replies.symbols))
            if len(readable.gold)
            else (math.nan, math.nan)
        ),
        bins=(),
        languages={lang: _measures(given) for lang, given in by_lang.items()},
        counts={lang: given.right for lang, given in by_lang.items()},
    )


def _measures(replies: Replies) -> dict[str, Estimate]:
    return {
        "accuracy": replies.right.estimate,
        "accuracy_by_group": share_over(
            replies.is_correct.astype(np.float64), resample(replies.groups)
        ),
        "unreadable": share_of(~replies.is_readable),
        "balanced_accuracy": balanced_accuracy(replies.is_correct, replies.gold),
        "position_bias": _position_bias(replies.select(replies.is_readable)),
        **dict.fromkeys(OF_PROBABILITIES, UNKNOWN),
    }


def _position_bias(readable: Replies) -> Estimate:
    if not len(readable.gold):
        return UNKNOWN
    n = len(readable.symbols)
    return total_variation(one_hot(readable.gold, n), one_hot(readable.chosen, n))
