"""Random neurons of the same layers, which chosen neurons are held against.

Three draws with three meanings, all with as many neurons in each layer as there are chosen ones:

- `draw_same_layers`: any neurons of the layers, chosen ones too. What any choice would give.
- `exchange_within_layers`: the same, and what replaces nested sets is nested.
- `draw_matched`: none of the chosen neurons, one for each. What all other neurons would give.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from mceval8k.errors import UsageError
from neurgrad_eval.neurons import Indices, count_per_layer, from_flat, layer_starts


def draw_same_layers(chosen: Indices, widths: Sequence[int], rng: np.random.Generator) -> Indices:
    """Draw as many different neurons of each layer as are among the chosen ones.

    Parameters
    ----------
    chosen
        Flat numbers [neuron].
    widths
        Neurons per layer.
    rng
        Draws them.

    Returns
    -------
    int64 [neuron]
        Flat numbers, layer by layer; a chosen neuron may be among them.
    """
    starts, counts = layer_starts(widths), count_per_layer(chosen, widths)
    return np.concatenate(
        [
            starts[layer] + rng.choice(widths[layer], count, replace=False)
            for layer, count in enumerate(counts.tolist())
        ]
    )


def exchange_within_layers(
    widths: Sequence[int], seed: int | Sequence[int]
) -> Callable[[Indices], Indices]:
    """Random neurons of the same layers, as a function of the neurons that they replace.

    Neurons are exchanged one for one with others of their layer, so that what replaces a set has
    as many neurons in each layer, and what replaces nested sets is nested.
    """
    rng = np.random.default_rng(seed)
    starts = layer_starts(widths)
    other = np.concatenate([rng.permutation(np.arange(a, b)) for a, b in pairwise(starts)])
    return lambda neurons: other[neurons]


def draw_matched(
    neurons: Indices,
    widths: Sequence[int],
    *,
    draws: int,
    seed: int,
    among: Indices | None = None,
) -> Indices:
    """Draw, for each neuron, another one of its layer.

    Parameters
    ----------
    neurons
        Flat numbers [neuron].
    widths
        Neurons per layer.
    draws
        How many sets; they are drawn independently of each other.
    seed
        Of the draws.
    among
        Flat numbers of those that may be drawn, ascending; all neurons if not given.

    Returns
    -------
    int64 [draw, neuron]
        Flat numbers: neuron i of each draw lies in the layer of neuron i. No neuron is drawn twice
        in a set, and none is one of `neurons`.

    Raises
    ------
    UsageError
        A layer has not enough other neurons.
    """
    layers, _ = from_flat(neurons, widths)
    starts = layer_starts(widths)
    pool = np.setdiff1d(np.arange(starts[-1]) if among is None else among, neurons)
    drawn = np.empty((draws, len(neurons)), dtype=np.int64)
    for layer in np.unique(layers):
        own = np.flatnonzero(layers == layer)
        others = pool[(pool >= starts[layer]) & (pool < starts[layer + 1])]
        if len(others) < len(own):
            raise UsageError(
                f"layer {layer} has {len(others)} neurons beside the {len(own)} ranked ones: too "
                "few to draw a set to compare them with; ask for fewer neurons"
            )
        for draw in range(draws):
            rng = np.random.default_rng([seed, draw, int(layer)])
            drawn[draw, own] = rng.choice(others, len(own), replace=False)
    return drawn
