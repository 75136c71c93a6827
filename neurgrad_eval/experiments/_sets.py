"""Sets of ranked neurons, and of what they are held against.

There are two nulls. `random` neurons of the same layers, each along its own orientation, say
what any neurons with an orientation do: whether the selection matters. `shuffled` ones are the
ranked neurons with their orientations permuted among them: whether the direction matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mceval8k.statistics import Estimate, bootstrap_mean
from neurgrad_eval.engine.joint_shifts import Floats
from neurgrad_eval.inputs.ranked import RankedNeurons
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.matched import draw_matched

Kind = Literal["ranked", "random", "shuffled"]


@dataclass(frozen=True)
class NeuronSet:
    """Neurons that are shifted together.

    Attributes
    ----------
    kind
        `ranked`, or the null that it is of.
    draw
        Which of the sets of its null; None for the ranked neurons.
    flat : int64 [neuron]
        A random neuron lies in the layer of the ranked one of the same place.
    orientation : float64 [neuron]
    """

    kind: Kind
    draw: int | None
    flat: Indices
    orientation: Floats


def neuron_sets(
    ranked: RankedNeurons,
    widths: Sequence[int],
    nulls: Sequence[Kind],
    sizes: Sequence[int],
    draws: int,
    seed: int,
) -> Iterator[NeuronSet]:
    """Sets of every kind, draw and size.

    Smaller random sets are part of larger ones; orientations are shuffled for each size anew.
    """
    every = ranked.every
    for size in sizes:
        yield NeuronSet("ranked", None, ranked.flat[:size], ranked.orientation[:size])
    if "random" in nulls and every is not None:
        among = np.flatnonzero(every)
        drawn = draw_matched(ranked.flat, widths, draws=draws, seed=seed, among=among)
        for draw, flat in enumerate(drawn):
            for size in sizes:
                yield NeuronSet("random", draw, flat[:size], every[flat[:size]])
    if "shuffled" in nulls:
        for draw in range(draws):
            for size in sizes:
                rng = np.random.default_rng([seed, draw, size, 1])
                orientation = rng.permutation(ranked.orientation[:size])
                yield NeuronSet("shuffled", draw, ranked.flat[:size], orientation)


def compare(
    values: Floats, kinds: Sequence[Kind], nulls: Sequence[Kind], groups: Sequence[str], seed: int
) -> list[dict[str, Estimate]]:
    """Compare the ranked set with the mean over the sets of each null, on the same items.

    Parameters
    ----------
    values
        Of each item [item, set, ...].
    kinds
        Of each set [set]; the ranked one comes first.
    nulls
        Whose means are wanted.
    groups
        Group of each item.
    seed
        Of the bootstrap.

    Returns
    -------
    list
        One for each value that an item's set has, in order: `ranked`, each null, and the
        `difference_` to each; NaN for a null of which there is no set.
    """
    ranked, known = values[:, 0], np.array(kinds)
    means = {
        null: values[:, known == null].mean(1) if null in kinds else np.full_like(ranked, np.nan)
        for null in nulls
    }
    parts: dict[str, Floats] = {"ranked": ranked}
    parts |= {str(null): mean for null, mean in means.items()}
    parts |= {f"difference_{null}": ranked - mean for null, mean in means.items()}
    estimates = (
        bootstrap_mean(part.reshape(len(values), -1), groups, seed=seed) for part in parts.values()
    )
    return [dict(zip(parts, own, strict=True)) for own in zip(*estimates, strict=True)]


def extremes(
    means: Floats, kinds: Sequence[Kind], nulls: Sequence[Kind], way: float
) -> dict[str, float]:
    """Lowest and highest set of each null, and its p; NaN for a null of which there is no set.

    p is the share of the null's sets, the ranked one included, whose mean is at least as far in the
    predicted direction as that of the ranked one.

    Parameters
    ----------
    means
        Of each set [set], the ranked one first.
    kinds, nulls
        As for `compare`.
    way
        1 if a rise is predicted, −1 if a fall.
    """
    of = {null: means[np.array(kinds) == null] for null in nulls}
    found: dict[str, float] = {}
    for null, own in of.items():
        ends = (own.min(), own.max()) if len(own) else (np.nan, np.nan)
        found |= dict(zip((f"{null}_lowest", f"{null}_highest"), ends, strict=True))
    for null, own in of.items():
        as_far = 1 + (way * (own - means[0]) >= 0).sum()
        found[f"p_{null}"] = as_far / (1 + len(own)) if len(own) else np.nan
    return found
