"""Answers of many sets of neurons of one fitted probe, each neuron being read once.

A probe that is tested with 1, 2, 4, … neurons reads the first ones again and again. Votes add up:
here those of each set are tallied once, and summed where sets are nested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.base import Choice, Prompts, VotingProbe
from neurgrad_eval.probes.ranking import Ranking


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
    probe: VotingProbe, x: npt.NDArray[Any] | Prompts, choose: Choice, *, cumulative: bool = False
) -> npt.NDArray[Any]:
    """Answers [set, prompt] of several sets of neurons; see `VotingProbe.decide_sets`."""
    if not isinstance(probe, VotingProbe):
        raise TypeError(f"{type(probe).__name__} is no probe in which single neurons vote")
    decisions = probe.decide_sets(x, choose, cumulative=cumulative)
    return probe.classes_[np.stack([decision.answers for decision in decisions])]
