"""Rankings that follow from the sums, with the standard errors of their scores.

A standard error is that of split halves: the blocks of prompts are halved in every way, and the
scores of the two halves, each as if it were of all prompts, differ by d; then √(mean d²)/2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from neurgrad_eval.ranking import Ranking, Split, activation_ranking
from neurgrad_eval.ranking import SplitScore as SplitRanking
from neurgrad_eval.ranks.sums import BLOCKS, FirstSums, SecondSums

Scores = npt.NDArray[np.float64]
Blocks = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RankTable:
    """All neurons by one score.

    Attributes
    ----------
    ranking : Ranking
    errors : float64 [neuron]
        Standard error of each score; NaN where a half has no prompt of some label.
    """

    ranking: Ranking
    errors: Scores


def rank_tables(
    first: FirstSums,
    second: SecondSums,
    splits: tuple[Split, ...],
    thresholds: npt.NDArray[np.float64],
) -> dict[str, RankTable]:
    """Rank tables by name: polarity, magnitude, activation.

    The activation score of a neuron is that of the split that it tells best, and its error that of
    the same split's score.
    """
    total = int(first.prompts.sum())

    def summed(sums: Blocks) -> Callable[[Blocks], Scores]:
        def score(blocks: Blocks) -> Scores:
            with np.errstate(invalid="ignore"):
                scaled: Scores = (
                    sums[blocks].sum(axis=0) * total / np.float64(first.prompts[blocks].sum())
                )
            return scaled

        return score

    per_split = [_activation_score(first, second, split, at) for at, split in enumerate(splits)]
    everything = np.arange(BLOCKS)
    scores = [Ranking.of(score(everything)) for score in per_split]
    best = activation_ranking(
        [SplitRanking(*each) for each in zip(splits, thresholds, scores, strict=True)]
    )
    errors = np.stack([_half_split_errors(score) for score in per_split])
    which = np.abs(np.stack([ranking.scores for ranking in scores])).argmax(axis=0)
    return {
        "polarity": _summed_table(first.polarity, summed(first.polarity)),
        "magnitude": _summed_table(first.magnitude, summed(first.magnitude)),
        "activation": RankTable(best, np.take_along_axis(errors, which[None], axis=0)[0]),
    }


def _summed_table(sums: Blocks, score: Callable[[Blocks], Scores]) -> RankTable:
    return RankTable(Ranking.of(sums.sum(axis=0)), _half_split_errors(score))


def _activation_score(
    first: FirstSums, second: SecondSums, split: Split, at: int
) -> Callable[[Blocks], Scores]:
    """Score [neuron] of a split by the prompts of some blocks: mean of the recalls, less ½."""
    sides = [first.prompts[:, list(side)].sum(axis=1) for side in (split.low, split.high)]

    def score(blocks: Blocks) -> Scores:
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high = (
                second.above[blocks, at, side].sum(axis=0) / np.float64(counts[blocks].sum())
                for side, counts in enumerate(sides)
            )
        found: Scores = ((1 - low) + high - 1) / 2
        return found

    return score


def _half_split_errors(score: Callable[[Blocks], Scores]) -> Scores:
    everything = set(range(BLOCKS))
    squares: list[Scores] = []
    for chosen in combinations(range(1, BLOCKS), BLOCKS // 2 - 1):
        half = {0, *chosen}
        one, other = (score(np.array(sorted(blocks))) for blocks in (half, everything - half))
        squares.append((one - other) ** 2)
    errors: Scores = np.sqrt(np.mean(squares, axis=0)) / 2
    return errors
