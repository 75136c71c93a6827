"""What shifting the ranked neurons changes, beside random neurons of the same layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from mceval8k.item import Item
from neurgrad_eval.causal.measure import ItemEffects
from neurgrad_eval.causal.moving import Floats
from neurgrad_eval.causal.settings import CausalSettings
from neurgrad_eval.statistics import Estimate, bootstrap_mean

Direction = Literal["along", "reversed"]
DIRECTIONS: tuple[Direction, ...] = ("along", "reversed")
Measure = Literal["accuracy", "gold_probability", "gold_share"]
MEASURES: Mapping[Measure, str] = {
    "accuracy": "share of items whose most probable option is the gold one",
    "gold_probability": "probability of the gold answer, over the full vocabulary",
    "gold_share": "probability of the gold answer as a share of that of all options",
}


@dataclass(frozen=True)
class CausalRow:
    """Change of one measure by one kind of shift; intervals of 95 % by bootstrap over groups."""

    measure: Measure
    neurons: int
    direction: Direction
    shift: float
    skill: Estimate
    """Change by the ranked neurons."""
    random: Estimate
    """Mean change by the random sets."""
    difference: Estimate
    """The one less the other, on the same items."""
    random_low: float
    """The random set with the lowest change."""
    random_high: float
    p: float
    """Share of the sets, ranked and random, that change the measure at least as far as the ranked
    one does in the predicted direction: up along orientation, down when it is reversed."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, one per column."""
        plain: dict[str, Any] = {}
        for name, value in asdict(self).items():
            if isinstance(value, dict):
                plain |= {name: value["value"]}
                plain |= {f"{name}_interval_{end}": value[end] for end in ("low", "high")}
            else:
                plain[name] = value
        return plain


@dataclass(frozen=True)
class CausalResult:
    """What a run finds."""

    items: int
    base: dict[Measure, Estimate]
    """Each measure with nothing shifted."""
    rows: tuple[CausalRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "items": self.items,
            "base": {name: asdict(value) for name, value in self.base.items()},
            "rows": [row.to_dict() for row in self.rows],
        }


def summarise(
    effects: Sequence[ItemEffects], items: Sequence[Item], settings: CausalSettings
) -> CausalResult:
    """Compare the ranked neurons with the random sets.

    Parameters
    ----------
    effects
        Of each item.
    items
        The same items: gold answer and group of each.
    settings
        Which conditions there are.
    """
    gold = np.array([int(item["label"]) for item in items])
    groups = [str(item["group"]) for item in items]
    probabilities = np.stack([np.vstack([one.base, one.shifted]) for one in effects])
    values = measure_all(probabilities, gold)
    base = {
        name: bootstrap_mean(table[:, :1], groups, seed=settings.seed)[0]
        for name, table in values.items()
    }
    rows = (
        row
        for name, table in values.items()
        for row in _rows(name, table[:, 1:] - table[:, :1], groups, settings)
    )
    return CausalResult(len(items), base, tuple(rows))


def measure_all(probabilities: Floats, gold: Any) -> dict[Measure, Floats]:
    """Every measure of every item and condition.

    Parameters
    ----------
    probabilities
        Of the answers [item, condition, answer].
    gold
        Index of the right one [item].

    Returns
    -------
    dict of float64 [item, condition]
    """
    own = np.take_along_axis(probabilities, gold[:, None, None], axis=2)[..., 0]
    total = probabilities.sum(-1)
    best = probabilities.max(-1)
    tied = (probabilities == best[..., None]).sum(-1)
    return {
        "accuracy": (own == best) / tied,  # of tied answers, one is drawn
        "gold_probability": own,
        "gold_share": np.divide(own, total, out=np.zeros_like(own), where=total > 0),
    }


def _rows(
    measure: Measure, change: Floats, groups: Sequence[str], settings: CausalSettings
) -> Iterator[CausalRow]:
    """Rows of one measure, from its changes [item, condition]."""
    shape = (len(change), settings.draws + 1, len(settings.numbers), 2, len(settings.shifts))
    by_set = change.reshape(shape)
    skill, random = by_set[:, 0], by_set[:, 1:].mean(1)
    flat = [part.reshape(len(change), -1) for part in (skill, random, skill - random)]
    estimates = [bootstrap_mean(part, groups, seed=settings.seed) for part in flat]
    means = by_set.mean(0).reshape(settings.draws + 1, -1)
    keys = list(product(settings.numbers, DIRECTIONS, settings.shifts))
    for at, (number, direction, shift) in enumerate(keys):
        towards = 1 if direction == "along" else -1
        as_far = (towards * means[1:, at] >= towards * means[0, at]).sum()
        yield CausalRow(
            measure=measure,
            neurons=number,
            direction=direction,
            shift=shift,
            skill=estimates[0][at],
            random=estimates[1][at],
            difference=estimates[2][at],
            random_low=float(means[1:, at].min()),
            random_high=float(means[1:, at].max()),
            p=float((1 + as_far) / (1 + settings.draws)),
        )
