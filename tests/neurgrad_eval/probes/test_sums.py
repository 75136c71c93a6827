"""Rankings by sums: the same as those of all prompts at once, in whatever parts they are summed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurgrad_eval.features.codes import encode
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes.ranking import (
    Ranking,
    activation_ranking,
    activation_scores,
    magnitude_score,
    polarity_score,
)
from neurgrad_eval.probes.split_halves import rank_all
from neurgrad_eval.probes.sums import BLOCKS, FirstSums, first_pass, means, spread

NEURONS = 7


def toy(prompts, answers=4, seed=0):
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(prompts, answers, NEURONS)).astype(np.float32)
    g[:, :, 0] = 0
    activations = (10 * rng.normal(size=(prompts, NEURONS))).astype(np.float16)
    labels = np.arange(prompts) % answers
    return Features(
        encode(g), activations, rng.random((prompts, answers)).astype(np.float32), labels, (3, 4)
    )


def ranked(features, cuts=(), **more):
    """Rank by way of parts cut at these rows, the last one first."""
    blocks = spread(features.labels)
    bounds = [0, *sorted(cuts), len(blocks)]
    parts = [slice(a, b) for a, b in pairwise(bounds) if b > a][::-1]

    def add_up(of):
        sums = [of(features.take(rows), blocks[rows]) for rows in parts]
        return [sum(arrays) for arrays in zip(*sums, strict=True)]

    return rank_all(add_up, **more)


@pytest.mark.parametrize("answers", [2, 3, 4, 5])
def test_rankings_are_those_of_all_prompts_at_once(answers):
    features = toy(60, answers)
    found = ranked(features, [7, 30, 31])
    expected = {
        "polarity": Ranking.of(polarity_score(features.codes, features.labels, answers)),
        "magnitude": Ranking.of(magnitude_score(features.codes, features.labels, answers)),
        "activation": activation_ranking(activation_scores(features.activations, features.labels)),
    }
    assert list(found) == list(expected)
    for name, ranking in expected.items():
        assert np.allclose(found[name].ranking.scores, ranking.scores, atol=1e-15)
        assert (found[name].ranking.order == ranking.order).all()


def test_one_pass_is_enough_for_scores_that_are_sums():
    passes = []
    features = toy(40)
    blocks = spread(features.labels)
    found = rank_all(lambda of: passes.append(of) or of(features, blocks), ["magnitude"])
    assert (list(found), passes) == (["magnitude"], [first_pass])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=6), st.integers(0, 3))
def test_parts_do_not_change_a_bit(cuts, seed):
    features = toy(40, seed=seed)
    one, other = ranked(features), ranked(features, cuts)
    for name in one:
        assert (one[name].ranking.scores == other[name].ranking.scores).all()
        assert np.array_equal(one[name].errors, other[name].errors)


def test_sums_of_the_largest_activations_are_exact():
    """Multiples of the least float16, which float64 would round."""
    features = toy(4)
    large = Features(
        features.codes,
        np.full((4, NEURONS), 65504, np.float16),
        features.probabilities,
        np.zeros(4, dtype=np.int64),
        (3, 4),
    )
    large.activations[0] = 2.0**-24
    found = first_pass(large, spread(large.labels))
    assert isinstance(found, FirstSums)
    assert found.activations[0].tolist() == [1 + 3 * 65504 * 2**24] * NEURONS
    assert found.prompts.sum() == 4


def test_means_are_of_the_labels_of_each_split():
    features = toy(12, 3)
    splits, found = means(first_pass(features, spread(features.labels)))
    assert [split.low + split.high for split in splits] == [(0, 1, 2), (0, 1)]
    exact = features.activations.astype(np.float64)
    assert np.allclose(found[0], exact.mean(axis=0), rtol=1e-12)
    assert np.allclose(found[1], exact[features.labels < 2].mean(axis=0), rtol=1e-12)


def test_blocks_share_every_label():
    labels = np.repeat([0, 1, 2], [8, 16, 24])
    blocks = spread(labels)
    for label, share in ((0, 1), (1, 2), (2, 3)):
        assert (np.bincount(blocks[labels == label], minlength=BLOCKS) == share).all()


def test_error_is_that_of_split_halves():
    # Every prompt has the same code, so that all halves agree: no error.
    features = toy(64)
    same = Features(
        np.repeat(features.codes[:1], 64, axis=0),
        np.repeat(features.activations[:4], 16, axis=0),
        features.probabilities,
        np.zeros(64, dtype=np.int64) + np.repeat(np.arange(4), 16),
        (3, 4),
    )
    for one in ranked(same).values():
        assert np.allclose(one.errors, 0)
    # Otherwise it is about the standard deviation of a sum of independent terms.
    many = toy(4000, 2)
    per_prompt = np.stack(
        [polarity_score(many.codes[i : i + 1], many.labels[i : i + 1], 2) for i in range(4000)]
    )
    expected = per_prompt.std(axis=0) * np.sqrt(4000)
    ratio = ranked(many)["polarity"].errors[1:] / expected[1:]
    assert 0.6 < ratio.mean() < 1.4
    recall = 0.5 / np.sqrt(4000)  # of an accuracy near ½
    assert 0.5 < ranked(many)["activation"].errors.mean() / recall < 1.5


def test_error_is_unknown_where_a_half_lacks_a_label():
    assert np.isnan(ranked(toy(8))["activation"].errors).all()
