from itertools import pairwise

import numpy as np
import pytest

from neurgrad_eval.features.codes import encode
from neurgrad_eval.probes.ranking import (
    Ranking,
    activation_ranking,
    activation_scores,
    centred_polarity_score,
    label_splits,
    magnitude_score,
    polarity_score,
)


def sign(x):
    return int(x > 0) - int(x < 0)


def random_gradients(answers, prompts=40, neurons=12, seed=0):
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(prompts, answers, neurons)).astype(np.float32)
    g[rng.random(g.shape) < 0.1] = 0
    g[:, :, 0] = 0  # a silent neuron
    return g, rng.integers(answers, size=prompts)


@pytest.mark.parametrize("answers", [2, 3, 4, 5])
def test_scores_are_the_formulas(answers):
    g, gold = random_gradients(answers)
    polarity, magnitude = [0] * 12, [0] * 12
    for p, label in enumerate(gold):
        for i in range(12):
            polarity[i] += sign(g[p, label, i]) - sum(
                sign(g[p, k, i]) for k in range(answers) if k != label
            )
            magnitude[i] += sum(sign(g[p, label, i] - g[p, k, i]) for k in range(answers))
    assert polarity_score(encode(g), gold, answers).tolist() == polarity
    assert magnitude_score(encode(g), gold, answers).tolist() == magnitude


def test_worked_example():
    # One neuron, two prompts of three answers.
    g = np.array([[[0.4], [-0.2], [0.0]], [[-0.1], [0.3], [0.2]]], np.float32)
    # Gold 0 then 2: polarity (1 − (−1 + 0)) + (1 − (−1 + 1)); magnitude (1 + 1) + (1 − 1).
    assert polarity_score(encode(g), [0, 2], 3).tolist() == [3]
    assert magnitude_score(encode(g), [0, 2], 3).tolist() == [2]


@pytest.mark.parametrize("score", [polarity_score, magnitude_score])
def test_scores_of_parts_add_up(score):
    g, gold = random_gradients(4, prompts=600)
    codes = encode(g)
    parts = [score(codes[s], gold[s], 4) for s in (slice(0, 7), slice(7, 380), slice(380, None))]
    assert (sum(parts) == score(codes, gold, 4)).all()


def test_ranking_orders_by_size():
    ranking = Ranking.of([1, -4, 0, 3, 2])
    assert ranking.order.tolist() == [1, 3, 4, 0, 2]
    assert ranking.ranks().tolist() == [3, 0, 4, 1, 2]
    assert ranking.orientation.tolist() == [1, -1, 0, 1, 1]
    assert ranking.top(2).tolist() == [1, 3]
    assert ranking.top(6).tolist() == [1, 3, 4, 0, 2]
    with pytest.raises(ValueError, match="0 neurons requested"):
        ranking.top(0)


def test_equal_scores_are_in_an_order_that_a_hash_draws():
    many = np.random.default_rng(0).integers(-2, 3, size=1000)
    one, other = Ranking.of(many), Ranking.of(many, seed=1)
    for ranking in (one, other):
        assert (np.diff(np.abs(many)[ranking.order]) <= 0).all()
        assert sorted(ranking.order.tolist()) == list(range(1000))
    assert one.order.tolist() == Ranking.of(many).order.tolist()
    # 5,000 neurons that tell nothing: two rankings share 256·256/5,000 = 13 of the first 256.
    first = [Ranking.of(np.zeros(5000), seed).top(256) for seed in range(40)]
    shared = [len(np.intersect1d(a, b)) for a, b in pairwise(first)]
    assert np.mean(shared) == pytest.approx(256 * 256 / 5000, rel=0.15)


def test_labels_are_split_in_halves():
    halves = [(s.low, s.high) for s in label_splits([4, 0, 1, 2, 3, 3])]
    assert halves == [((0, 1, 2), (3, 4)), ((0, 1), (2,)), ((0,), (1,)), ((3,), (4,))]
    assert label_splits([2, 2]) == ()


@pytest.mark.parametrize("answers", [2, 3, 4, 5])
def test_activation_scores_are_the_definition(answers):
    rng = np.random.default_rng(1)
    a = rng.normal(size=(50, 6)).astype(np.float16)
    gold = rng.integers(answers, size=50)
    found = activation_scores(a, gold)
    assert [score.split for score in found] == list(label_splits(gold))
    for score in found:
        low = [p for p in range(50) if gold[p] in score.split.low]
        high = [p for p in range(50) if gold[p] in score.split.high]
        for i in range(6):
            mean = sum(float(a[p, i]) for p in low + high) / len(low + high)
            right_low = sum(float(a[p, i]) <= mean for p in low) / len(low)
            right_high = sum(float(a[p, i]) > mean for p in high) / len(high)
            assert score.thresholds[i] == pytest.approx(mean)
            expected = (right_low + right_high) / 2 - 0.5
            assert score.ranking.scores[i] == pytest.approx(expected)


def test_activation_score_by_hand():
    # Mean 2: high says prompts 2 and 3, of which 1 and 3 are of the high side: 2 of 4 right.
    # The second neuron is right throughout, the third is wrong throughout.
    a = np.array([[1, 0, 9], [1, 8, 1], [3, 0, 9], [3, 8, 1]], np.float16)
    (score,) = activation_scores(a, [0, 1, 0, 1])
    assert score.ranking.scores.tolist() == [0, 0.5, -0.5]
    assert score.thresholds.tolist() == [2, 4, 5]


def test_a_silent_neuron_tells_nothing_though_sides_are_unequal():
    (first, _) = activation_scores(np.zeros((6, 1), np.float16), [0, 1, 2, 0, 1, 2])
    assert first.ranking.scores.tolist() == [0]


def test_the_papers_code_puts_the_smaller_half_first_and_counts_plainly():
    halves = [(s.low, s.high) for s in label_splits([0, 1, 2, 3, 4], "paper")]
    assert halves == [((0, 1), (2, 3, 4)), ((0,), (1,)), ((2,), (3, 4)), ((3,), (4,))]
    # A silent neuron says low of all: right for the two of six prompts that are.
    (first, _) = activation_scores(np.zeros((6, 1), np.float16), [0, 1, 2, 0, 1, 2], "paper")
    assert (first.split.low, first.split.high) == ((0,), (1, 2))
    assert first.ranking.scores == pytest.approx([2 / 6 - 1 / 2])


def test_overall_activation_score_is_that_of_the_best_split():
    a = np.array([[0, 1], [0, 0], [1, 1], [1, 0]], np.float16)  # splits 01|23; odd labels low
    ranking = activation_ranking(activation_scores(a, [0, 1, 2, 3]))
    assert ranking.scores.tolist() == [0.5, -0.5]


def test_a_mean_just_below_a_value_is_below_it():
    # Of 0|1, the mean is 1 − 2⁻²⁶: as a float32 it would be 1, and no 1 above it.
    a = np.array([[2], [-(2.0**-24)], [1], [1], [5]], np.float16)
    _, second = activation_scores(a, [0, 0, 1, 1, 2])
    assert second.ranking.scores.tolist() == [0.25]


def test_a_neuron_that_never_changes_has_no_centred_score():
    codes, gold = encode(np.full((400, 4, 1), -1.0)), np.arange(400) % 4
    assert polarity_score(codes, gold, 4).tolist() == [800]
    assert centred_polarity_score(codes, gold, 4).tolist() == [0]
    assert Ranking.of(centred_polarity_score(codes, gold, 4)).orientation.tolist() == [0]
