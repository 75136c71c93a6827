import numpy as np
import pandas as pd
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.neurons import as_neurons, check_neurons, count_per_layer, from_flat, to_flat

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


def test_neurons_from_a_table_or_pairs():
    table = pd.DataFrame({"layer": [0, 2], "neuron": [1, 3], "score": [0.5, 0.1]})
    assert as_neurons(table) == as_neurons([[0, 1], (2, np.int64(3))]) == ((0, 1), (2, 3))


@pytest.mark.parametrize("bad", [[1, 2], 5, [(1, 2, 3)], pd.DataFrame({"layer": [1]}), [("a", 1)]])
def test_what_are_no_neurons(bad):
    with pytest.raises(UsageError, match="pairs, or a table"):
        as_neurons(bad)


@pytest.mark.parametrize(
    ("neurons", "words"),
    [
        ([], "no neuron is given"),
        ([(0, 1), (3, 0)], r"neuron \(3, 0\): the layers are 0 to 2"),
        ([(1, -1)], r"neuron \(1, -1\): layer 1 has neurons 0 to 0"),
    ],
)
def test_neurons_that_a_model_does_not_have(neurons, words):
    with pytest.raises(UsageError, match=words):
        check_neurons(WIDTHS, neurons)
