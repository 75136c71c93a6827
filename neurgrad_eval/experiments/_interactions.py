"""Interactions of pairs: what a joint shift has beyond the sum of the single ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from neurgrad_eval.engine.joint_shifts import Floats
from neurgrad_eval.neurons import Indices

Masks = npt.NDArray[np.bool_]
MEASURES = {
    "detectable": "share of pairs whose interaction is above the noise floor",
    "interacting": "share of pairs that interact",
    "synergy": "share that interact, both single changes of one sign, the joint one larger",
    "redundancy": "share that interact, both single changes of one sign, the joint one smaller",
    "relative_size": "size of the interactions over that of the single changes",
}


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

    @property
    def floor(self) -> Floats:
        """Largest difference of two readings, over all sets and pairs [shift, 1, 1]."""
        return np.asarray(np.abs(self.noise).max((1, 2), keepdims=True))


def positions(neurons: int) -> Indices:
    """All pairs of positions in a set, the better ranked neuron first [pair, 2]."""
    return np.array(list(combinations(range(neurons), 2)), dtype=np.int64)


def pair_effects(changes: Floats, neurons: int) -> Effects:
    """Pairs and their neurons, from changes [reading, shift, set, neuron then pair]."""
    first, second = positions(neurons).T
    single, joint = changes[..., :neurons], changes[..., neurons:]
    readings = joint - single[..., first] - single[..., second]
    mean = single.mean(0)
    return Effects(mean[..., first], mean[..., second], joint.mean(0), readings[0] - readings[1])


def classify(effects: Effects, threshold: float) -> dict[str, Masks]:
    """Tell the kind of each pair [shift, set, pair]; see `MEASURES`."""
    interaction, floor = effects.interaction, effects.floor
    detectable = np.abs(interaction) > floor
    interacting = detectable & (np.abs(interaction) > threshold * effects.size)
    clear = (np.abs(effects.first) > floor) & (np.abs(effects.second) > floor)
    together = clear & (np.sign(effects.first) == np.sign(effects.second))
    more = np.sign(interaction) == np.sign(effects.first)
    return {
        "detectable": detectable,
        "interacting": interacting,
        "synergy": interacting & together & more,
        "redundancy": interacting & together & ~more,
    }


def item_values(effects: Effects, member: Masks, threshold: float) -> Floats:
    """Measures [measure, shift, set, distance] of one item."""
    weights = (member / member.sum(1, keepdims=True)).T
    shares = [kind @ weights for kind in classify(effects, threshold).values()]
    size = effects.size @ weights
    above = np.abs(effects.interaction) @ weights
    shares.append(np.divide(above, size, out=np.zeros_like(size), where=size > 0))
    return np.stack(shares)
