import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurgrad_eval.features.codes import N_CODES, encode
from neurgrad_eval.features.compact import (
    pack_activations,
    pack_codes,
    unpack_activations,
    unpack_codes,
)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(1, 3000), st.integers(0, 99))
def test_any_codes_come_back(prompts, neurons, kinds, seed):
    rng = np.random.default_rng(seed)
    known = rng.choice(N_CODES, kinds, replace=False).astype(np.uint16)
    codes = rng.choice(known, (prompts, neurons))
    assert (unpack_codes(pack_codes(codes), neurons) == codes).all()


@pytest.mark.parametrize(("answers", "bits"), [(2, 3), (3, 5), (4, 7), (5, 10)])
def test_symbols_take_as_few_bits_as_there_are_orders(answers, bits):
    rng = np.random.default_rng(0)
    g = rng.normal(size=(200, answers, 400)).astype(np.float32)
    g[:, :, 3] = 0
    g[5, 0, 9] = g[5, 1, 9]
    codes = encode(g)
    packed = pack_codes(codes)
    assert packed.planes.shape == (bits, 200, 50)
    assert (unpack_codes(packed, 400) == codes).all()


def test_rare_codes_are_listed():
    codes = np.full((100, 1000), 7, np.uint16)
    codes[4, 5], codes[99, 999] = 30000, 8
    packed = pack_codes(codes)
    assert packed.planes.shape == (0, 100, 125)
    assert packed.palette.tolist() == [7]
    assert packed.positions.tolist() == [4005, 99999]
    assert packed.exceptions.tolist() == [30000, 8]
    assert (unpack_codes(packed, 1000) == codes).all()


def test_activations_are_rounded_to_steps_of_each_neuron():
    values = np.array([[0.0, 5.0, 0.0], [2.55, 5.0, 0.5], [0.012, 5.0, 1.0]], np.float16)
    packed = pack_activations(values)
    assert packed.levels[:, 0].tolist() == [0, 255, 1]  # steps of 0.01
    assert packed.levels[:, 1].tolist() == [0, 0, 0]
    assert packed.step[1] == 0
    back = unpack_activations(packed)
    assert back[[0, 1], 0].tolist() == values[[0, 1], 0].tolist()
    assert back[2, 0] == pytest.approx(0.01, abs=1e-4)
    assert (back[:, 1] == 5).all()


@given(st.integers(0, 999), st.sampled_from([1e-6, 1.0, 3e4]))
def test_activations_come_back_within_half_a_step(seed, scale):
    values = (scale * np.random.default_rng(seed).normal(size=(20, 5))).clip(-65504, 65504)
    stored = values.astype(np.float16)
    packed = pack_activations(stored)
    error = np.abs(unpack_activations(packed).astype(np.float64) - stored)
    rounding = np.maximum(2.0**-11 * np.abs(stored.astype(np.float64)), 2.0**-25)
    assert (error <= packed.step * 0.5001 + rounding).all()
