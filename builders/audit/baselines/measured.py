"""How good each baseline is: accuracy, interval and p value, with groups as the sampling units."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builders.audit.baselines.distinct_rows import DistinctRows, Guess
from builders.audit.baselines.folds import LEAST
from builders.audit.baselines.lengths import lengths
from builders.audit.baselines.rules import rules
from builders.audit.baselines.words import readers
from builders.audit.rows import TaskRows
from mceval8k.statistics import Estimate, bootstrap_share, standard_errors


@dataclass(frozen=True, eq=False)
class Baseline:
    """A baseline that was measured."""

    guess: Guess
    """What it goes by, and what it gets right."""
    accuracy: Estimate
    """Share of distinct rows that it answers right, with a 95 % bootstrap interval over groups."""
    chance: float
    """Accuracy of a guess."""
    p_value: float
    """One-sided, of an accuracy at chance or below (t test over groups)."""
    languages: Mapping[str, float]
    """Accuracy by language."""

    @property
    def rows(self) -> int:
        """Distinct rows."""
        return len(self.guess.credit)

    @property
    def gain(self) -> float:
        """What is surely above chance: the lower bound minus chance; 0 without bounds."""
        low = self.accuracy.low
        return 0.0 if math.isnan(low) else low - self.chance

    def to_json(self) -> dict[str, Any]:
        """Numbers by name, in the form of `mceval8k.editions.Shortcut`."""
        return {
            "reads": self.guess.reads,
            "accuracy": self.accuracy.value,
            "low": self.accuracy.low,
            "high": self.accuracy.high,
            "chance": self.chance,
            "rows": self.rows,
            "languages": dict(self.languages),
        }


@lru_cache(maxsize=1)  # several checks ask for those of one task
def measure(rows: TaskRows) -> tuple[Baseline, ...]:
    """Measure all baselines that fit a task; none where groups are too few to tell anything."""
    distinct = DistinctRows(rows)
    if not rows.distinct or len(np.unique(distinct.groups)) < LEAST:
        return ()
    return tuple(_measured(distinct, guess) for guess in _guesses(distinct))


def _guesses(distinct: DistinctRows) -> Iterator[Guess]:
    if distinct.task.fixed_options is None:
        yield from rules(distinct)
    else:
        yield from lengths(distinct)
    yield from readers(distinct)


def _measured(distinct: DistinctRows, guess: Guess) -> Baseline:
    (accuracy,) = bootstrap_share(guess.credit[:, None], distinct.groups, seed=0)
    names = sorted(set(distinct.languages.tolist()))
    return Baseline(
        guess,
        accuracy,
        distinct.chance,
        _p_value(guess.credit, distinct.groups, distinct.chance),
        {name: float(guess.credit[distinct.languages == name].mean()) for name in names},
    )


def _p_value(credit: NDArray[np.float64], groups: NDArray[np.int64], chance: float) -> float:
    from scipy.stats import t

    gain = float(credit.mean()) - chance
    error = float(standard_errors(credit[:, None], groups)[0])
    if not error:
        return 0.0 if gain > 0 else 1.0
    return float(t.sf(gain / error, len(np.unique(groups)) - 1))
