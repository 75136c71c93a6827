"""The nulls: no better than chance where there is nothing to learn, and matched by layer."""

import numpy as np
import pytest

from mceval8k.statistics import holm
from neurgrad_eval.features.codes import encode
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes import ActivationProbe, MagnitudeProbe, PolarityProbe, TreeProbe
from neurgrad_eval.probes.fitting import inputs
from neurgrad_eval.probes.nulls import PERMUTED, RANDOM, adjusted, null_rows

WIDTHS = (10, 20, 10)


def toy(prompts=400, seed=0):
    """Only the ten neurons of the last layer know the answer."""
    rng = np.random.default_rng(seed)
    gold = np.arange(prompts) % 4
    g = rng.normal(size=(prompts, 4, 40)).astype(np.float32)
    g[np.arange(prompts), gold, 30:] += 1.5
    activations = rng.normal(size=(prompts, 40)) + np.where(np.arange(40) >= 30, gold[:, None], 0)
    return Features(encode(g), activations, np.zeros((prompts, 4)), gold, WIDTHS)


def rows(name, probe, features, draws=20):
    half = len(features) // 2
    train, test = features.take(slice(half)), features.take(slice(half, None))
    probe.fit(inputs(name, train), train.labels)
    found = null_rows(name, probe, train, test, draws=draws, seed=0)
    return probe.score(inputs(name, test), test.labels), {row.null: row for row in found}


# The uncentred polarity score is far from 0 without anything to learn: its null is not at chance.
@pytest.mark.parametrize(
    ("name", "probe"),
    [
        ("centred", PolarityProbe(8, n_answers=4, centred=True)),
        ("magnitude", MagnitudeProbe(8, n_answers=4)),
        ("activation", ActivationProbe(8)),
    ],
)
def test_probes_that_learn_are_above_their_nulls(name, probe):
    accuracy, found = rows(name, probe, toy())
    assert accuracy > 0.6
    assert found[PERMUTED].accuracy.mean == pytest.approx(0.25, abs=0.12)
    assert found[PERMUTED].accuracy.high < accuracy
    assert found[PERMUTED].p_value == 1 / 21
    # The chosen neurons are in the layer where all know: random ones there are as good.
    assert found[RANDOM].accuracy.mean > 0.5
    assert found[RANDOM].accuracy.draws == 20


def test_random_neurons_of_a_layer_that_knows_little_are_worse():
    features = toy()
    codes = features.codes.copy()
    codes[:, 31:] = codes[::-1, 31:][np.argsort(np.random.default_rng(1).random(400))]
    ignorant = Features(
        codes, features.activations, features.probabilities, features.labels, WIDTHS
    )
    accuracy, found = rows("polarity", PolarityProbe(1), ignorant)
    assert found[RANDOM].accuracy.mean < accuracy - 0.05


def test_random_neurons_are_asked_as_a_probe_of_them_alone():
    """With all neurons of each layer, random ones are the chosen ones."""
    for name, probe in (("magnitude", MagnitudeProbe(40)), ("activation", ActivationProbe(40))):
        accuracy, found = rows(name, probe, toy(120), draws=2)
        assert found[RANDOM].accuracy.low == found[RANDOM].accuracy.high == accuracy
        assert found[RANDOM].p_value == 1


def test_forests_have_no_random_neurons():
    accuracy, found = rows("tree", TreeProbe(n_estimators=10), toy(120), draws=3)
    assert list(found) == [PERMUTED]
    assert found[PERMUTED].accuracy.draws == 3
    assert found[PERMUTED].accuracy.mean < accuracy


def test_no_draws_give_no_rows():
    assert rows("polarity", PolarityProbe(4), toy(80), draws=0)[1] == {}


def test_draws_are_seeded():
    one, other = (rows("polarity", PolarityProbe(4), toy(120))[1] for _ in range(2))
    assert one == other


def test_p_values_are_adjusted_within_the_table():
    found = rows("magnitude", MagnitudeProbe(4), toy(120), draws=9)[1].values()
    assert [row.p_holm for row in adjusted(list(found))] == holm(
        [r.p_value for r in found]
    ).tolist()
