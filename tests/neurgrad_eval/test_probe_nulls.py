"""The nulls: no better than chance where there is nothing to learn, and matched by layer."""

import numpy as np
import pytest

from neurgrad_eval.codes import encode
from neurgrad_eval.neurons import count_per_layer
from neurgrad_eval.probes import ActivationProbe, MagnitudeProbe, PolarityProbe, TreeProbe
from neurgrad_eval.probing.nulls import PERMUTED, RANDOM, null_rows, same_layers

WIDTHS = (10, 20, 10)


def toy(prompts=400, seed=0):
    """Only the ten neurons of the last layer know the answer."""
    rng = np.random.default_rng(seed)
    gold = np.arange(prompts) % 4
    g = rng.normal(size=(prompts, 4, 40)).astype(np.float32)
    g[np.arange(prompts), gold, 30:] += 1.5
    activations = rng.normal(size=(prompts, 40)) + np.where(np.arange(40) >= 30, gold[:, None], 0)
    return encode(g), activations, gold


def rows(probe, x, gold, draws=20):
    half = len(gold) // 2
    train, test = (x[:half], gold[:half]), (x[half:], gold[half:])
    probe.fit(*train)
    found = null_rows("it", probe, train=train, test=test, widths=WIDTHS, draws=draws, seed=0)
    return probe.score(*test), {row.null: row for row in found}


# The uncentred polarity score is far from 0 without anything to learn: its null is not at chance.
@pytest.mark.parametrize(
    "probe", [PolarityProbe(8, centred=True), MagnitudeProbe(8), ActivationProbe(8)]
)
def test_probes_that_learn_are_above_their_nulls(probe):
    codes, activations, gold = toy()
    x = activations if isinstance(probe, ActivationProbe) else codes
    accuracy, found = rows(probe, x, gold)
    assert accuracy > 0.6
    assert found[PERMUTED].mean == pytest.approx(0.25, abs=0.12)
    assert found[PERMUTED].high < accuracy
    assert found[PERMUTED].p_value == 1 / 21
    # The chosen neurons are in the layer where all know: random ones there are as good.
    assert found[RANDOM].mean > 0.5


def test_random_neurons_of_a_layer_that_knows_little_are_worse():
    codes, _, gold = toy()
    ignorant = codes.copy()
    ignorant[:, 31:] = codes[::-1, 31:][np.argsort(np.random.default_rng(1).random(400))]
    accuracy, found = rows(PolarityProbe(1), ignorant, gold)
    assert found[RANDOM].mean < accuracy - 0.05


def test_forests_have_no_random_neurons():
    codes, _, gold = toy(120)
    accuracy, found = rows(TreeProbe(n_trees=10), codes, gold, draws=3)
    assert list(found) == [PERMUTED]
    assert found[PERMUTED].draws == 3
    assert found[PERMUTED].mean < accuracy


def test_no_draws_give_no_rows():
    codes, _, gold = toy(80)
    assert rows(PolarityProbe(4), codes, gold, draws=0)[1] == {}


def test_layers_are_matched():
    chosen = np.array([*range(9), 31, 32, 33])
    drawn = same_layers(chosen, WIDTHS, np.random.default_rng(0))
    assert len(set(drawn.tolist())) == 12
    assert count_per_layer(drawn, WIDTHS).tolist() == count_per_layer(chosen, WIDTHS).tolist()


def test_draws_are_seeded():
    codes, _, gold = toy(120)
    assert rows(PolarityProbe(4), codes, gold)[1] == rows(PolarityProbe(4), codes, gold)[1]
