"""One test item: every pair of neurons shifted together, and each of them alone.

interaction(i, j) = Δf(i, j) − Δf(i) − Δf(j), where f is the log-odds or the probability of the gold
answer. Every shift is read twice, at another place among other copies: what differs between the
readings of an interaction is rounding, and the largest such difference of an item is its noise
floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from neurgrad_eval.causal.items import AskedItem
from neurgrad_eval.causal.measure import Sets
from neurgrad_eval.causal.moving import Floats, activations, moves
from neurgrad_eval.interactions.settings import InteractionSettings
from neurgrad_eval.sweeps.joint import COPIES, NOTHING, JointShift, log_odds, shift_jointly

Scale = Literal["log_odds", "probability"]
SCALES: tuple[Scale, ...] = ("log_odds", "probability")


@dataclass(frozen=True)
class Effects:
    """Changes by shifts of pairs on one scale [shift, set, pair], means of two readings.

    Attributes
    ----------
    first, second : float64
        Change by the shift of one neuron of the pair alone.
    joint : float64
        Change by the shift of both.
    noise : float64
        Difference of the interaction's two readings.
    """

    first: Floats
    second: Floats
    joint: Floats
    noise: Floats

    @property
    def interaction(self) -> Floats:
        """What the joint change has beyond the sum of the single ones."""
        return self.joint - self.first - self.second

    @property
    def size(self) -> Floats:
        """Sum of the sizes of the single changes."""
        return np.asarray(np.abs(self.first) + np.abs(self.second))

    def additive_and_joint(self, sets: slice) -> tuple[Floats, Floats]:
        """Sum of single changes and joint change of some sets' pairs at the first shift [pair]."""
        additive = (self.first + self.second)[0, sets]
        return additive.reshape(-1), self.joint[0, sets].reshape(-1)

    @property
    def floor(self) -> Floats:
        """Largest difference of two readings, over all sets and pairs [shift, 1, 1]."""
        return np.asarray(np.abs(self.noise).max((1, 2), keepdims=True))


@dataclass(frozen=True)
class ItemPairs:
    """Pairs of one item."""

    number: int
    """Position among the test items."""
    scales: dict[Scale, Effects]


def pairs(neurons: int) -> npt.NDArray[np.int64]:
    """All pairs of positions, the better ranked neuron first [pair, 2]."""
    return np.array(list(combinations(range(neurons), 2)), dtype=np.int64)


def shift_pairs(
    item: AskedItem, sets: Sets, settings: InteractionSettings, *, copies: int = COPIES
) -> ItemPairs:
    """Shift every neuron and every pair of every set.

    Parameters
    ----------
    item
        The item, run up to its last token.
    sets
        The ranked neurons, and random ones of the same layers.
    settings
        By how much they are shifted.
    copies
        Interventions per forward pass.
    """
    jobs = _jobs(item, sets, settings)
    logs = _read_twice(item, jobs, settings, copies)
    shape = (2, len(settings.shifts), len(sets.flat), -1)
    found = {}
    for scale in SCALES:
        values = log_odds(logs) if scale == "log_odds" else np.exp(logs)
        changes = (values[:, 1:] - values[:, :1]).reshape(shape)
        found[scale] = _effects(changes, sets.flat.shape[1])
    return ItemPairs(item.number, found)


def _jobs(item: AskedItem, sets: Sets, settings: InteractionSettings) -> list[JointShift]:
    """Nothing; then, per shift and set, every neuron alone and every pair."""
    widths = item.question.model.widths
    resting = activations(item, sets.flat.reshape(-1), settings.space).reshape(sets.flat.shape)
    unit = moves(resting, sets.orientation, sets.scales, settings.sign)
    count = sets.flat.shape[1]
    members = [*np.arange(count)[:, None], *pairs(count)]
    jobs = [NOTHING]
    for shift in settings.shifts:
        for flat, own in zip(sets.flat, shift * unit, strict=True):
            jobs += [JointShift.of(flat[these], own[these], widths) for these in members]
    return jobs


def _read_twice(
    item: AskedItem, jobs: list[JointShift], settings: InteractionSettings, copies: int
) -> Floats:
    """Log-probability of the gold answer [reading, job]; the second in another order."""
    order = np.random.default_rng([settings.seed, item.number]).permutation(len(jobs))
    gold = [item.answers[item.gold]]
    readings = np.empty((2, len(jobs)))
    for reading, places in enumerate((np.arange(len(jobs)), order)):
        shuffled = [jobs[place] for place in places]
        logs = shift_jointly(
            item.question, shuffled, answers=gold, space=settings.space, copies=copies
        )
        readings[reading, places] = logs[:, 0]
    return readings


def _effects(changes: Floats, neurons: int) -> Effects:
    """Pairs and their neurons, from changes [reading, shift, set, neuron then pair]."""
    first, second = pairs(neurons).T
    single, joint = changes[..., :neurons], changes[..., neurons:]
    readings = joint - single[..., first] - single[..., second]
    mean = single.mean(0)
    return Effects(mean[..., first], mean[..., second], joint.mean(0), readings[0] - readings[1])
