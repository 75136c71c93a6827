"""What accuracy a probe reaches when there is nothing to learn, or nothing to choose.

- **permuted labels**: the probe is fitted with its training labels in a random order.
- **random neurons**: as many neurons of each layer as the probe chose vote instead of those, each
  with its own orientation by the training labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from mceval8k.statistics import Null, holm, null_of
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes.base import Probe, VotingProbe
from neurgrad_eval.probes.fitting import inputs
from neurgrad_eval.probes.matched import draw_same_layers
from neurgrad_eval.probes.permuted import refitted, shuffled
from neurgrad_eval.probes.sets import ask_sets

PERMUTED, RANDOM = "permuted labels", "random neurons"


@dataclass(frozen=True)
class NullRow:
    """Accuracy on the test prompts where there is nothing to learn or nothing to choose."""

    probe: str
    null: str
    """`permuted labels` or `random neurons`."""
    accuracy: Null
    p_value: float
    """(1 + draws that are as accurate as the probe) / (1 + draws)."""
    p_holm: float = np.nan
    """The same, adjusted by Holm's method for all rows of the table."""


def adjusted(rows: Sequence[NullRow]) -> list[NullRow]:
    """Rows with their p values adjusted for each other."""
    found = holm([row.p_value for row in rows]).tolist()
    return [replace(row, p_holm=p) for row, p in zip(rows, found, strict=True)]


def null_rows(
    name: str, probe: Probe, train: Features, test: Features, *, draws: int, seed: int
) -> list[NullRow]:
    """Accuracies of a fitted probe under its nulls.

    Parameters
    ----------
    name, probe
        The probe, with the number of neurons that it is reported with.
    train, test
        What it was fitted to, and is tested on.
    draws
        Of each null; none gives no rows.
    seed
        Of the draws.
    """
    if not draws:
        return []
    x: Any = inputs(name, test)
    x = probe.read(x) if isinstance(probe, VotingProbe) else x
    orders = shuffled(train, draws, seed)
    fitted: Iterable[Any]
    if isinstance(probe, VotingProbe):
        again = refitted(name, train, orders, definitions=probe.definitions)
        fitted = (one.set_params(n_neurons=probe.n_neurons) for one in again)
    else:
        fitted = (clone(probe).fit(inputs(name, train), labels) for labels in orders)
    found = {PERMUTED: np.array([one.predict(x) for one in fitted])}
    if isinstance(probe, VotingProbe):
        # At each split of the activation probe, each draw continues with its own generator.
        rngs = [np.random.default_rng((seed, draw, 1)) for draw in range(draws)]
        found[RANDOM] = ask_sets(
            probe,
            x,
            lambda ranking: [
                draw_same_layers(ranking.top(probe.n_neurons), test.widths, rng) for rng in rngs
            ],
        )
    seen = float(probe.score(x, test.labels))
    return [
        _row(name, null, seen, (answers == test.labels).mean(axis=1))
        for null, answers in found.items()
    ]


def _row(name: str, null: str, seen: float, accuracies: npt.NDArray[np.float64]) -> NullRow:
    (summed,) = null_of(accuracies[:, None])
    reached = int((accuracies >= seen).sum())
    return NullRow(name, null, summed, (1 + reached) / (1 + len(accuracies)))
