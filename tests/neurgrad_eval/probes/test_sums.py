"""Rankings by sums: the same as those of all prompts at once, in whatever parts they are summed."""

from dataclasses import replace
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
    centred_polarity_score,
    magnitude_score,
    polarity_score,
)
from neurgrad_eval.probes.streamed import jackknife, rank_all
from neurgrad_eval.probes.sums import BLOCKS, FeaturePart, FirstSums, first_pass, means, spread

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
    blocks = spread(features.labels, features.groups)
    bounds = [0, *sorted(cuts), len(blocks)]
    parts = [slice(a, b) for a, b in pairwise(bounds) if b > a][::-1]

    def add_up(of):
        sums = [of(FeaturePart(features.take(rows), blocks[rows])) for rows in parts]
        return [sum(arrays) for arrays in zip(*sums, strict=True)]

    return rank_all(add_up, **more)


@pytest.mark.parametrize("answers", [2, 3, 4, 5])
def test_rankings_are_those_of_all_prompts_at_once(answers):
    features = toy(60, answers)
    found = ranked(features, [7, 30, 31])
    expected = {
        "polarity": Ranking.of(polarity_score(features.codes, features.labels, answers)),
        "centred": Ranking.of(centred_polarity_score(features.codes, features.labels, answers)),
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
    part = FeaturePart(features, spread(features.labels, features.groups))
    found = rank_all(lambda of: passes.append(of) or of(part), ["magnitude"])
    assert (list(found), len(passes)) == (["magnitude"], 1)


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
    found = first_pass(large, spread(large.labels, large.groups))
    assert isinstance(found, FirstSums)
    assert found.activations[0].tolist() == [1 + 3 * 65504 * 2**24] * NEURONS
    assert found.prompts.sum() == 4


def test_means_are_of_the_labels_of_each_split():
    features = toy(12, 3)
    splits, found = means(first_pass(features, spread(features.labels, features.groups)))
    assert [split.low + split.high for split in splits] == [(0, 1, 2), (0, 1)]
    exact = features.activations.astype(np.float64)
    assert np.allclose(found[0], exact.mean(axis=0), rtol=1e-12)
    assert np.allclose(found[1], exact[features.labels < 2].mean(axis=0), rtol=1e-12)


def test_blocks_share_every_label():
    labels = np.repeat([0, 1, 2], [8, 16, 24])
    blocks = spread(labels, [str(i) for i in range(48)])
    for label, share in ((0, 1), (1, 2), (2, 3)):
        assert (np.bincount(blocks[labels == label], minlength=BLOCKS) == share).all()


def test_groups_are_dealt_whole_by_the_label_of_their_first_prompt():
    labels = [0, 1, 0, 1, 1, 0]
    assert spread(labels, list("zabbcc")).tolist() == [0, 2, 1, 1, 3, 3]


def test_jackknife_of_sums_is_the_spread_of_the_blocks():
    sums = np.random.default_rng(0).normal(size=(BLOCKS, 3))
    found = jackknife(lambda blocks: sums[blocks].sum(axis=0) * BLOCKS / len(blocks), np.ones(8))
    assert found == pytest.approx(np.sqrt(BLOCKS) * sums.std(axis=0, ddof=1))


def test_errors_are_those_of_independent_terms():
    many = toy(4000, 2)
    per_prompt = np.stack(
        [polarity_score(many.codes[i : i + 1], many.labels[i : i + 1], 2) for i in range(4000)]
    )
    expected = per_prompt.std(axis=0) * np.sqrt(4000)
    found = ranked(many)
    assert 0.6 < (found["polarity"].errors[1:] / expected[1:]).mean() < 1.4
    assert np.allclose(found["polarity"].errors, found["centred"].errors, rtol=0.1)
    recall = 0.5 / np.sqrt(4000)  # of an accuracy near ½
    assert 0.5 < found["activation"].errors.mean() / recall < 1.5


def copied(features, times, groups):
    """Each prompt several times."""
    again = features.take(np.repeat(np.arange(len(features)), times))
    return replace(again, groups=tuple(map(str, groups)))


def test_copies_in_a_group_do_not_make_scores_surer():
    """100 prompts, eight times each: in one group each, the error is √8 times that of 800."""
    one = toy(100, 4)
    together = ranked(copied(one, 8, np.repeat(np.arange(100), 8)))
    for name in ("polarity", "centred", "magnitude", "activation"):
        # A copy in the same block adds nothing but a factor; that of the score 8, of a recall 1.
        alone, factor = ranked(one)[name].errors, 1 if name == "activation" else 8
        assert together[name].errors == pytest.approx(factor * alone)
    terms = [magnitude_score(one.codes[[i]], one.labels[[i]], 4) for i in range(100)]
    apart = np.std(terms, axis=0)[1:].mean() * np.sqrt(800)
    assert together["magnitude"].errors[1:].mean() == pytest.approx(np.sqrt(8) * apart, rel=0.3)


def test_errors_cover_the_true_score():
    """Of neurons that tell nothing, whose true score is 0: |score| < t(7)·error in 95 %."""
    rng, hits = np.random.default_rng(0), {}
    for _ in range(4):
        codes = encode(rng.normal(size=(50, 3, 500)))
        activations = rng.normal(size=(50, 500)).astype(np.float16)
        features = Features(codes, activations, np.zeros((50, 3)), np.arange(50) % 3, (500,))
        groups = copied(features, 2, np.repeat(np.arange(50), 2))
        for name, found in ranked(groups, scores=("centred", "magnitude")).items():
            hits.setdefault(name, []).append(np.abs(found.ranking.scores) < 2.365 * found.errors)
    for name, found in hits.items():
        assert np.mean(found) == pytest.approx(0.95, abs=0.02), name


def test_error_is_unknown_where_prompts_are_too_few():
    assert np.isnan(ranked(toy(7))["magnitude"].errors).all()  # a block is empty
    assert np.isfinite(ranked(toy(8))["magnitude"].errors).all()
    one_of_a_side = replace(toy(20, 2), labels=np.array([1] + [0] * 19))
    assert np.isnan(ranked(one_of_a_side)["activation"].errors).all()


def test_a_neuron_that_never_changes_has_a_polarity_but_no_centred_score():
    g = np.full((400, 4, NEURONS), -1.0)
    same = Features(
        encode(g), np.zeros((400, NEURONS)), np.zeros((400, 4)), np.arange(400) % 4, (3, 4)
    )
    found = ranked(same, scores=("polarity", "centred"))
    assert found["polarity"].ranking.scores.tolist() == [800] * NEURONS
    assert found["centred"].ranking.scores.tolist() == [0] * NEURONS
    assert found["centred"].ranking.orientation.tolist() == [0] * NEURONS
