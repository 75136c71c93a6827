"""Which pairs interact: ranked neurons beside random ones, by distance in layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mceval8k.item import Item
from neurgrad_eval.causal.moving import Floats
from neurgrad_eval.interactions.measure import SCALES, Effects, ItemPairs, Scale
from neurgrad_eval.interactions.settings import InteractionSettings
from neurgrad_eval.statistics import Estimate, bootstrap_mean

Measure = Literal["detectable", "interacting", "synergy", "redundancy", "relative_size"]
MEASURES: Mapping[Measure, str] = {
    "detectable": "share of pairs whose interaction is above the noise floor",
    "interacting": "share of pairs that interact",
    "synergy": "share that interact, both single changes of one sign, the joint one larger",
    "redundancy": "share that interact, both single changes of one sign, the joint one smaller",
    "relative_size": "size of the interactions over that of the single changes",
}
DISTANCES = ("all", "0", "1", "2 to 4", "5 and more")
"""Layers between the two neurons of a pair."""
_FIRST = (0, 1, 2, 5)
_POINTS = 2000


@dataclass(frozen=True)
class InteractionRow:
    """One measure of one kind of pair; intervals of 95 % by bootstrap over groups of items."""

    scale: Scale
    shift: float
    distance: str
    pairs: int
    """Pairs of ranked neurons at this distance."""
    measure: Measure
    skill: Estimate
    """Of pairs of ranked neurons."""
    random: Estimate
    """Of pairs of random neurons of the same layers."""
    difference: Estimate
    """The one less the other, on the same items."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, one per column."""
        plain: dict[str, Any] = {}
        for name, value in asdict(self).items():
            if isinstance(value, dict):
                plain |= {name: value["value"]}
                plain |= {f"{name}_{end}": value[end] for end in ("low", "high")}
            else:
                plain[name] = value
        return plain


@dataclass(frozen=True)
class Points:
    """Pairs for a figure: sum of the single changes and joint change of log-odds."""

    additive: tuple[float, ...]
    joint: tuple[float, ...]


@dataclass(frozen=True)
class InteractionResult:
    """What a run finds."""

    items: int
    pairs: int
    """Pairs of ranked neurons."""
    floor: dict[Scale, float]
    """Median noise floor of the items, at the first shift."""
    rows: tuple[InteractionRow, ...]
    skill: Points
    random: Points

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; the points are in the table of pairs."""
        return {
            "items": self.items,
            "pairs": self.pairs,
            "floor": dict(self.floor),
            "rows": [row.to_dict() for row in self.rows],
        }


def summarise(
    found: Iterable[ItemPairs],
    items: Sequence[Item],
    distances: npt.NDArray[np.int64],
    settings: InteractionSettings,
) -> InteractionResult:
    """Compare pairs of ranked neurons with pairs of random ones.

    Parameters
    ----------
    found
        Of each item.
    items
        The same items.
    distances
        Layers between the neurons of each pair [pair]; those of random pairs are the same.
    settings
        What counts as an interaction.
    """
    classes = np.searchsorted(_FIRST, distances, side="right")
    kept = [0, *np.unique(classes).tolist()]
    member = np.stack([classes == at if at else np.ones(len(classes), bool) for at in kept])
    values: dict[Scale, list[Floats]] = {scale: [] for scale in SCALES}
    floors: dict[Scale, list[float]] = {scale: [] for scale in SCALES}
    drawn = []
    for one in found:
        for scale, effects in one.scales.items():
            values[scale].append(_item_values(effects, member, settings.threshold))
            floors[scale].append(float(effects.floor[0, 0, 0]))
        drawn.append(one.scales["log_odds"])
    groups = [str(item["group"]) for item in items]
    sizes = member.sum(1).tolist()
    rows = (
        row
        for scale in SCALES
        for row in _rows(scale, np.stack(values[scale]), kept, sizes, groups, settings)
    )
    return InteractionResult(
        items=len(items),
        pairs=len(distances),
        floor={scale: float(np.median(own)) for scale, own in floors.items()},
        rows=tuple(rows),
        skill=_points([one.additive_and_joint(slice(0, 1)) for one in drawn]),
        random=_points([one.additive_and_joint(slice(1, None)) for one in drawn]),
    )


def classify(effects: Effects, threshold: float) -> dict[Measure, npt.NDArray[np.bool_]]:
    """Tell the kind of each pair [shift, set, pair]; see `MEASURES`."""
    interaction, floor = effects.interaction, effects.floor
    detectable = np.abs(interaction) > floor
    interacting = detectable & (np.abs(interaction) > threshold * effects.size)
    told = (np.abs(effects.first) > floor) & (np.abs(effects.second) > floor)
    together = told & (np.sign(effects.first) == np.sign(effects.second))
    more = np.sign(interaction) == np.sign(effects.first)
    return {
        "detectable": detectable,
        "interacting": interacting,
        "synergy": interacting & together & more,
        "redundancy": interacting & together & ~more,
    }


def _item_values(effects: Effects, member: npt.NDArray[np.bool_], threshold: float) -> Floats:
    """Measures [measure, shift, set, distance] of one item."""
    weights = (member / member.sum(1, keepdims=True)).T
    shares = [kind @ weights for kind in classify(effects, threshold).values()]
    size = effects.size @ weights
    above = np.abs(effects.interaction) @ weights
    shares.append(np.divide(above, size, out=np.zeros_like(size), where=size > 0))
    return np.stack(shares)


def _rows(
    scale: Scale,
    values: Floats,
    kept: list[int],
    sizes: list[int],
    groups: Sequence[str],
    settings: InteractionSettings,
) -> Iterator[InteractionRow]:
    """Rows of one scale, from values [item, measure, shift, set, distance]."""
    skill, random = values[:, :, :, 0], values[:, :, :, 1:].mean(3)
    parts = [part.reshape(len(values), -1) for part in (skill, random, skill - random)]
    estimates = [bootstrap_mean(part, groups, seed=settings.seed) for part in parts]
    shape = skill.shape[1:]
    for m, measure in enumerate(MEASURES):
        for s, shift in enumerate(settings.shifts):
            for d, (distance, size) in enumerate(zip(kept, sizes, strict=True)):
                at = int(np.ravel_multi_index((m, s, d), shape))
                own = (part[at] for part in estimates)
                yield InteractionRow(scale, shift, DISTANCES[distance], size, measure, *own)


def _points(parts: list[tuple[Floats, Floats]]) -> Points:
    """Some of all pairs, evenly."""
    additive, joint = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    every = -(-len(additive) // _POINTS)
    return Points(tuple(additive[::every].tolist()), tuple(joint[::every].tolist()))
