"""Random neurons of the same layers: the null that shifts of ranked neurons are held against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mceval8k.errors import UsageError
from neurgrad_eval.neurons import Indices, from_flat, layer_starts


def draw_matched(neurons: Indices, widths: Sequence[int], *, draws: int, seed: int) -> Indices:
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
    drawn = np.empty((draws, len(neurons)), dtype=np.int64)
    for layer in np.unique(layers):
        own = np.flatnonzero(layers == layer)
        others = np.setdiff1d(np.arange(starts[layer], starts[layer + 1]), neurons)
        if len(others) < len(own):
            raise UsageError(
                f"layer {layer} has {len(others)} neurons beside the {len(own)} ranked ones: too "
                "few to draw a set to compare them with; ask for fewer neurons"
            )
        for draw in range(draws):
            rng = np.random.default_rng([seed, draw, int(layer)])
            drawn[draw, own] = rng.choice(others, len(own), replace=False)
    return drawn
