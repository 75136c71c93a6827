import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurgrad_eval.features.codes import encode, n_codes
from neurgrad_eval.features.compact import pack_codes, unpack_codes


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(1, 3000), st.integers(0, 99))
def test_any_codes_come_back(prompts, neurons, kinds, seed):
    rng = np.random.default_rng(seed)
    known = rng.choice(n_codes(4), kinds, replace=False).astype(np.uint16)
    codes = rng.choice(known, (prompts, neurons))
    assert (unpack_codes(pack_codes(codes), neurons) == codes).all()


@pytest.mark.parametrize(("answers", "bits"), [(2, 3), (3, 5), (4, 7), (5, 10), (6, 13)])
def test_symbols_take_as_few_bits_as_there_are_orders(answers, bits):
    rng = np.random.default_rng(0)
    g = rng.normal(size=(400, answers, 400)).astype(np.float32)
    g[:, :, 3] = 0
    g[5, 0, 9] = g[5, 1, 9]
    codes = encode(g)
    packed = pack_codes(codes)
    assert packed.planes.shape == (bits, 400, 50)
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
