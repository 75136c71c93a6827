"""Random neurons of the same layers, in three meanings."""

import numpy as np
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.neurons import count_per_layer, from_flat
from neurgrad_eval.probes.matched import draw_matched, draw_same_layers, exchange_within_layers

WIDTHS = (10, 20, 10)
CHOSEN = np.array([*range(9), 31, 32, 33])


def test_layers_are_matched():
    drawn = draw_same_layers(CHOSEN, WIDTHS, np.random.default_rng(0))
    assert len(set(drawn.tolist())) == 12
    assert count_per_layer(drawn, WIDTHS).tolist() == count_per_layer(CHOSEN, WIDTHS).tolist()
    assert set(drawn.tolist()) & set(CHOSEN.tolist())  # nine of ten are drawn


def test_exchanged_neurons_are_as_many_in_each_layer_and_nested():
    widths, chosen = (5, 9, 7), np.array([0, 3, 6, 7, 8, 20])
    exchange = exchange_within_layers(widths, 3)
    other = exchange(chosen)
    assert count_per_layer(other, widths).tolist() == count_per_layer(chosen, widths).tolist()
    assert len(set(other.tolist())) == len(chosen)
    assert other[:3].tolist() == exchange(chosen[:3]).tolist()
    assert sorted(exchange(np.arange(21)).tolist()) == list(range(21))
    assert exchange(np.arange(21)).tolist() != list(range(21))


def test_each_neuron_is_matched_by_another_of_its_layer():
    chosen = np.array([33, 0, 31, 4, 32])
    drawn = draw_matched(chosen, WIDTHS, draws=3, seed=1)
    assert drawn.shape == (3, 5)
    for one in drawn:
        assert from_flat(one, WIDTHS)[0].tolist() == from_flat(chosen, WIDTHS)[0].tolist()
        assert len({*one.tolist(), *chosen.tolist()}) == 10
    assert drawn[0].tolist() != drawn[1].tolist()
    assert (draw_matched(chosen, WIDTHS, draws=2, seed=1) == drawn[:2]).all()


def test_too_few_other_neurons_are_an_error():
    with pytest.raises(UsageError, match="layer 0 has 1 neurons beside the 9 ranked ones"):
        draw_matched(CHOSEN, WIDTHS, draws=1, seed=0)
