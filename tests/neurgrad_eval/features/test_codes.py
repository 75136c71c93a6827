import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neurgrad_eval.features import codes

# Few distinct values, so that zeros and ties of every kind are common.
VALUES = st.sampled_from([-2.0, -1e-30, -0.0, 0.0, 1e-30, 0.5, 3.0])


@st.composite
def gradients(draw):
    answers = draw(st.integers(2, 10))
    shape = (draw(st.integers(1, 3)), answers, draw(st.integers(1, 4)))
    return draw(hnp.arrays(np.float32, shape, elements=VALUES))


@given(gradients())
def test_signs_order_and_extremes_survive_the_coding(g):
    n = g.shape[1]
    coded = codes.encode(g)
    assert coded.dtype == (np.uint16 if n <= 5 else np.uint64)
    assert coded.max() < codes.n_codes(n)
    last = np.moveaxis(g, 1, 2)  # [prompt, neuron, answer]
    assert (codes.signs(n)[coded] == np.sign(last)).all()
    c = codes.ranks(coded, n).astype(int)
    pairs = np.sign(c[..., :, None] - c[..., None, :])
    assert (pairs == np.sign(last[..., :, None] - last[..., None, :])).all()
    assert (codes.first_highest(coded, n) == last.argmax(axis=-1)).all()
    assert (codes.first_lowest(coded, n) == last.argmin(axis=-1)).all()


@given(gradients(), st.integers(0, 9))
def test_tables_of_scores_are_the_formulas(g, gold):
    n = g.shape[1]
    gold %= n
    coded = codes.encode(g)
    for prompt, neuron in np.ndindex(coded.shape):
        values = g[prompt, :, neuron]
        others = sum(np.sign(values[k]) for k in range(n) if k != gold)
        code = coded[prompt, neuron]
        assert codes.polarity_scores(n)[code][gold] == np.sign(values[gold]) - others
        margin = sum(np.sign(values[gold] - values[k]) for k in range(n))
        assert codes.magnitude_scores(n)[code][gold] == margin
        assert codes.magnitude_scores(n).of(gold, code) == margin


def test_worked_example():
    # c = (2, 0, 1), one negative, no zero: 2·1 + 0·5 + 1·25 + 3125·(2·1 + 0).
    assert codes.encode(np.array([[[0.3], [-0.1], [0.2]]], np.float32)) == [[27 + 6250]]


def test_tied_answers_share_a_vote():
    coded = codes.encode(np.array([[[1.0], [1.0], [-1.0], [0.0]]], np.float32))[0, 0]
    assert codes.highest_votes(4)[coded].tolist() == [30, 30, 0, 0]
    assert codes.lowest_votes(4)[coded].tolist() == [0, 0, 60, 0]


@pytest.mark.parametrize("answers", [1, 11])
def test_other_numbers_of_answers_are_refused(answers):
    with pytest.raises(ValueError, match=f"{answers} answers"):
        codes.encode(np.zeros((1, answers, 1), np.float32))


def test_ten_tied_answers_share_a_vote():
    coded = codes.encode(np.ones((1, 10, 1), np.float32))
    assert codes.highest_votes(10)[coded].tolist() == [[[252] * 10]]
    assert codes.lowest_votes(10)[codes.encode(-np.eye(10)[None, :, :1])].tolist() == [
        [[2520] + [0] * 9]
    ]
