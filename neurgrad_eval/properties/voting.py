"""Answers of many sets of neurons of one fitted probe, each neuron being read once.

A probe that is asked with 1, 2, 4, … neurons reads the first ones again and again. Votes add up:
here those of each set are tallied once, and summed where sets are nested. The answers are those
that the probe itself would give.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval import codes as coding
from neurgrad_eval.codes import Codes
from neurgrad_eval.probes import ActivationProbe, MagnitudeProbe, PolarityProbe
from neurgrad_eval.probes.base import GradientProbe, VotingProbe
from neurgrad_eval.probes.voting import decide, hash_rows, tally
from neurgrad_eval.ranking import Ranking, SplitScore

Indices = npt.NDArray[np.int64]
Choice = Callable[[Ranking], Sequence[Indices]]
"""Says which sets of neurons vote, given a ranking of all of them."""


def bands(
    bounds: Sequence[int], order: Callable[[Indices], Indices] = lambda ranked: ranked
) -> Choice:
    """Choose neurons by rank: band i has the ranks from bounds[i] up to bounds[i + 1].

    Parameters
    ----------
    bounds
        Rising ranks, the first of the best neuron being 0.
    order
        Changes the ranked neurons [neuron] before they are cut into bands.
    """

    def choose(ranking: Ranking) -> list[Indices]:
        ranked = order(ranking.order)
        return [ranked[start:stop] for start, stop in pairwise(bounds)]

    return choose


def ask_sets(
    probe: VotingProbe, x: npt.NDArray[Any], choose: Choice, *, cumulative: bool = False
) -> Indices:
    """Answers of several sets of neurons.

    Parameters
    ----------
    probe
        A fitted polarity, magnitude or activation probe.
    x
        Codes or activations [prompt, neuron], what the probe was fitted to.
    choose
        Which sets vote; asked once per ranking, so that at each split of the activation probe the
        neurons can differ.
    cumulative
        Whether with each set those before it vote too.

    Returns
    -------
    int64 [set, prompt]
    """
    if isinstance(probe, ActivationProbe):
        return _ask_splits(probe, x, choose, cumulative)
    if isinstance(probe, GradientProbe):
        votes = np.stack([_votes(probe, x, chosen) for chosen in choose(probe.ranking_)])
        return _decide(votes.cumsum(axis=0) if cumulative else votes, hash_rows(x))
    raise TypeError(f"{type(probe).__name__} is no probe in which single neurons vote")


def _votes(probe: GradientProbe, codes: Codes, voters: Indices) -> npt.NDArray[np.float64]:
    """Votes [kind, prompt, answer]: plain ones, and weighted with |score|."""
    orientation, scores = probe.ranking_.orientation[voters], probe.ranking_.scores[voters]
    answers = probe.n_answers_
    if isinstance(probe, PolarityProbe):
        weights = np.stack([orientation, scores], axis=1)
        return tally(codes, coding.signs(answers), voters, weights)
    if not isinstance(probe, MagnitudeProbe):
        raise TypeError(f"the votes of {type(probe).__name__} are not known")
    sides = ((1, coding.highest_votes), (-1, coding.lowest_votes))
    sums = np.zeros((2, len(codes), answers))
    for sign, table in sides:
        side = orientation == sign
        weights = np.stack([np.ones(side.sum()), np.abs(scores[side])], axis=1)
        sums += tally(codes, table(answers), voters[side], weights)
    return sums


def _ask_splits(
    probe: ActivationProbe, activations: npt.NDArray[Any], choose: Choice, cumulative: bool
) -> Indices:
    salt = hash_rows(activations)
    answers: Indices | None = None
    for score in probe.splits_:
        margins = np.stack(
            [_margins(activations, score, chosen) for chosen in choose(score.ranking)]
        )
        margins = margins.cumsum(axis=0) if cumulative else margins
        if answers is None:
            answers = np.full((len(margins), len(activations)), probe.classes_[0])
        says_high = _decide(np.stack([-margins, margins], axis=-1), salt) == 1
        there = answers == score.split.low[0]
        answers[there & says_high] = score.split.high[0]
    if answers is None:
        raise ValueError("the probe has seen one label only")
    return answers


def _margins(
    activations: npt.NDArray[Any], score: SplitScore, voters: Indices
) -> npt.NDArray[np.float64]:
    """Votes for the high side less those for the low one [kind, prompt]."""
    says_high = np.where(activations[:, voters] > score.thresholds[voters], 1.0, -1.0)
    ranking = score.ranking
    weights = np.stack([ranking.orientation[voters], ranking.scores[voters]], axis=1)
    return np.asarray((says_high @ weights).T)


def _decide(votes: npt.NDArray[np.float64], salt: npt.NDArray[np.uint64]) -> Indices:
    """Winners [set, prompt] of votes [set, kind, prompt, answer]."""
    return np.stack([decide(plain, weighted, salt).answers for plain, weighted in votes])
