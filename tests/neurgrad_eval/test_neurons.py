import numpy as np
import pytest

from neurgrad_eval.neurons import count_per_layer, from_flat, to_flat

WIDTHS = (3, 1, 4)


def test_numbers_run_layer_by_layer():
    layers, indices = from_flat(np.arange(8), WIDTHS)
    assert layers.tolist() == [0, 0, 0, 1, 2, 2, 2, 2]
    assert indices.tolist() == [0, 1, 2, 0, 0, 1, 2, 3]
    assert to_flat(layers, indices, WIDTHS).tolist() == list(range(8))


def test_neurons_are_counted_per_layer():
    assert count_per_layer([0, 2, 7], WIDTHS).tolist() == [2, 0, 1]


@pytest.mark.parametrize("bad", [-1, 8])
def test_numbers_out_of_range(bad):
    with pytest.raises(IndexError):
        from_flat([bad], WIDTHS)


@pytest.mark.parametrize(("layer", "index"), [(3, 0), (-1, 0), (1, 1), (0, -1)])
def test_places_out_of_range(layer, index):
    with pytest.raises(IndexError):
        to_flat([layer], [index], WIDTHS)
