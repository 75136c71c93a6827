"""What accuracy a probe reaches when there is nothing to learn, or nothing to choose.

- **permuted labels**: the probe is fitted again with its training labels in a random order.
- **random neurons**: as many neurons of each layer as the probe chose vote instead of those, each
  with its own orientation by the training labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from neurgrad_eval.neurons import count_per_layer, layer_starts
from neurgrad_eval.probes import ActivationProbe
from neurgrad_eval.probes.base import GradientProbe, Probe, VotingProbe
from neurgrad_eval.probing.results import NullRow
from neurgrad_eval.statistics import LEVEL

PERMUTED, RANDOM = "permuted labels", "random neurons"
Indices = npt.NDArray[np.int64]


def null_rows(
    name: str,
    probe: Probe,
    *,
    train: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    test: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    widths: Sequence[int],
    draws: int,
    seed: int,
) -> list[NullRow]:
    """Accuracies of a fitted probe under its nulls.

    Parameters
    ----------
    name, probe
        The probe, with the number of neurons that it is reported with.
    train, test
        X [prompt, neuron] and gold answers [prompt].
    widths
        Neurons per layer.
    draws
        Of each null; none gives no rows.
    seed
        Of the draws.
    """
    if not draws:
        return []
    seen = float(probe.score(*test))
    found = {PERMUTED: _permuted(probe, train, test, draws, seed)}
    if isinstance(probe, VotingProbe):
        found[RANDOM] = _random(probe, test, widths, draws, seed)
    return [_row(name, kind, seen, values) for kind, values in found.items()]


def _permuted(
    probe: Probe, train: tuple[Any, Any], test: tuple[Any, Any], draws: int, seed: int
) -> list[float]:
    x, labels = train
    found = []
    for draw in range(draws):
        shuffled = np.random.default_rng((seed, draw)).permutation(labels)
        found.append(float(clone(probe).fit(x, shuffled).score(*test)))
    return found


def _random(
    probe: VotingProbe, test: tuple[Any, Any], widths: Sequence[int], draws: int, seed: int
) -> list[float]:
    x, labels = test
    vote = _vote(probe, widths)
    found = []
    for draw in range(draws):
        answers = vote(x, np.random.default_rng((seed, draw, 1)))
        found.append(float((answers == labels).mean()))
    return found


def _vote(
    probe: VotingProbe, widths: Sequence[int]
) -> Callable[[npt.NDArray[Any], np.random.Generator], npt.NDArray[Any]]:
    """A function that lets random neurons of the chosen ones' layers vote."""
    if isinstance(probe, ActivationProbe):
        chosen = [score.ranking.top(probe.n_neurons) for score in probe.splits_]
        return lambda x, rng: probe.vote(x, [same_layers(c, widths, rng) for c in chosen]).answers
    assert isinstance(probe, GradientProbe)
    top = probe.ranking_.top(probe.n_neurons)
    return lambda x, rng: probe.classes_[probe.vote(x, same_layers(top, widths, rng)).answers]


def same_layers(chosen: Indices, widths: Sequence[int], rng: np.random.Generator) -> Indices:
    """Draw as many different neurons of each layer as are among the chosen ones."""
    return np.concatenate(list(_drawn(chosen, widths, rng)))


def _drawn(chosen: Indices, widths: Sequence[int], rng: np.random.Generator) -> Iterator[Indices]:
    starts = layer_starts(widths)
    for layer, count in enumerate(count_per_layer(chosen, widths).tolist()):
        yield starts[layer] + rng.choice(widths[layer], count, replace=False)


def _row(name: str, kind: str, seen: float, values: list[float]) -> NullRow:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    reached = sum(value >= seen for value in values)
    return NullRow(
        probe=name,
        null=kind,
        draws=len(values),
        mean=float(np.mean(values)),
        low=float(low),
        high=float(high),
        p_value=(1 + reached) / (1 + len(values)),
    )
