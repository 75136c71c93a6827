"""Rankings that follow from sums over prompts, with the standard errors of their scores.

A standard error is that of the jackknife that leaves out one of B blocks of prompts at a time. With
θ_b the score of the other blocks, as if it were of all prompts, it is
√( (B − 1)/B · Σ (θ_b − mean)² ).
For a sum over blocks of equal size that is √B times the standard deviation of the blocks' sums.

Source: Shao and Tu 1995, The Jackknife and Bootstrap, section 2.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurgrad_eval.probes.ranking import Ranking, Split, SplitScore, activation_ranking, centred
from neurgrad_eval.probes.sums import BLOCKS, AddUp, FirstSums, Whole, means

Scores = npt.NDArray[np.float64]
Score = Callable[[Whole], Scores]
"""Scores [neuron], as if they were of all prompts, by the prompts of some blocks [block]."""

SUMMED = ("polarity", "centred", "magnitude")
"""Scores that are sums over prompts."""
ACTIVATION = "activation"


@dataclass(frozen=True)
class Ranked:
    """All neurons by one score.

    Attributes
    ----------
    ranking : Ranking
    errors : float64 [neuron]
        Standard error of each score; NaN where the prompts are too few to tell.
    """

    ranking: Ranking
    errors: Scores


def rank_all(add_up: AddUp, scores: Sequence[str] = (*SUMMED, ACTIVATION)) -> dict[str, Ranked]:
    """Rank neurons by the scores that are named, in one pass over the prompts or in two.

    The activation score of a neuron is that of the split that it tells best, and its error that of
    the same split's score, with the threshold as it is.

    Parameters
    ----------
    add_up
        Goes over the prompts.
    scores
        Names among polarity, centred, magnitude and activation.
    """
    first = FirstSums(*add_up(lambda part: part.first()))
    there = first.prompts.sum(axis=1)
    found = {name: _ranked(_summed(name, first), there) for name in scores if name in SUMMED}
    if ACTIVATION in scores:
        splits, thresholds = means(first)
        (above,) = add_up(lambda part: [part.above(splits, thresholds)])
        found[ACTIVATION] = _by_activation(first, above, splits, thresholds)
    return {name: found[name] for name in scores}


def jackknife(score: Score, there: Whole) -> Scores:
    """Standard error [neuron] of a score, by leaving out one block at a time.

    Parameters
    ----------
    score
        The score by the prompts of some blocks.
    there
        Prompts [block]. With an empty block, errors are NaN: there are too few groups of prompts.
    """
    if not there.all():
        return np.full(len(score(np.arange(BLOCKS))), np.nan)
    others = [np.delete(np.arange(BLOCKS), block) for block in range(BLOCKS)]
    spread = np.var([score(blocks) for blocks in others], axis=0)
    return np.asarray(np.sqrt((BLOCKS - 1) * spread))


def _ranked(score: Score, there: Whole) -> Ranked:
    return Ranked(Ranking.of(score(np.arange(BLOCKS))), jackknife(score, there))


def _summed(name: str, sums: FirstSums) -> Score:
    total = int(sums.prompts.sum())

    def score(blocks: Whole) -> Scores:
        counts = sums.prompts[blocks].sum(axis=0)
        of = sums.magnitude if name == "magnitude" else sums.polarity
        found = of[blocks].sum(axis=0)
        if name == "centred":
            found = centred(found, sums.terms[blocks].sum(axis=0), counts)
        return np.asarray(found * (total / counts.sum()), dtype=np.float64)

    return score


def _by_activation(
    first: FirstSums, above: Whole, splits: Sequence[Split], thresholds: Scores
) -> Ranked:
    there = first.prompts.sum(axis=1)
    found = [
        _ranked(_recalls(first, above[:, at], split), there) for at, split in enumerate(splits)
    ]
    rankings = [one.ranking for one in found]
    best = activation_ranking(
        [SplitScore(*each) for each in zip(splits, thresholds, rankings, strict=True)]
    )
    which = np.abs(np.stack([ranking.scores for ranking in rankings])).argmax(axis=0)
    errors = np.stack([one.errors for one in found])
    return Ranked(best, np.take_along_axis(errors, which[None], axis=0)[0])


def _recalls(first: FirstSums, above: Whole, split: Split) -> Score:
    """Score of a split: mean of the two sides' recalls, less ½; `above` [block, side, neuron]."""
    sides = [first.prompts[:, list(side)].sum(axis=1) for side in (split.low, split.high)]

    def score(blocks: Whole) -> Scores:
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high = (
                above[blocks, side].sum(axis=0) / np.float64(counts[blocks].sum())
                for side, counts in enumerate(sides)
            )
        found: Scores = ((1 - low) + high - 1) / 2
        return found

    return score
