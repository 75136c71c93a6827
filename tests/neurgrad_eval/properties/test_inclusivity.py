"""Inclusivity where it is known how many sets of neurons tell the answer."""

from __future__ import annotations

import numpy as np
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.properties.inclusivity import (
    InclusivitySettings,
    RankBand,
    depth_of,
    inclusivity,
)
from neurgrad_eval.statistics import Estimate

SETTINGS = InclusivitySettings(("magnitude",), band=16, sizes=(8, 16), null_draws=5)


def test_bands_end_where_skill_ends(planted):
    found = inclusivity(planted(range(32, 64), test=160), SETTINGS)
    assert [(band.first_rank, band.last_rank) for band in found.bands][:2] == [(1, 16), (17, 32)]
    assert found.bands[-1].last_rank == 128
    assert [band.above_chance for band in found.bands] == [True, True] + 6 * [False]
    (depth,) = found.depths
    assert (depth.unbroken, depth.deepest, depth.above, depth.bands) == (32, 32, 2, 8)
    assert found.bands[0].accuracy.low > found.bands[0].permuted.high


def test_disjoint_sets_reach_where_all_neurons_are_skilled(planted):
    everywhere = inclusivity(planted(range(128), strength=2.5), SETTINGS)
    for sets in everywhere.random_sets:
        assert len(sets.accuracies) == 128 // sets.size
        assert sets.reach == (sets.accuracies >= sets.threshold).sum() >= 0.5 * 128 // sets.size
        assert sets.permuted_reach.mean < sets.reach


def test_disjoint_sets_do_not_reach_where_few_neurons_are_skilled(planted):
    few = inclusivity(planted(range(8)), SETTINGS)
    assert few.random_sets[0].best_ranked.value > 0.9
    assert few.random_sets[0].reach <= 1
    assert few.random_sets[0].accuracies.mean() < 0.6


def test_nothing_is_found_where_nothing_is(planted):
    found = inclusivity(planted(seed=3), InclusivitySettings(band=16, sizes=(16,), null_draws=0))
    assert sum(depth.above for depth in found.depths) == 0
    assert all(band.permuted is None for band in found.bands)


def test_sets_larger_than_half_of_the_neurons_are_left_out(planted):
    settings = InclusivitySettings(("polarity",), band=64, sizes=(64, 65), null_draws=0)
    assert [sets.size for sets in inclusivity(planted(), settings).random_sets] == [64]


def test_depth_by_hand():
    estimate = Estimate(0.5, 0.4, 0.6)
    above = [True, True, False, True, False]
    bands = [
        RankBand("magnitude", 10 * i + 1, 10 * i + 10, estimate, 0.1, 0.1, there, None)
        for i, there in enumerate(above)
    ]
    depth = depth_of(bands)
    assert (depth.unbroken, depth.deepest, depth.above, depth.bands) == (20, 40, 3, 5)
    assert depth_of(bands[2:3]).unbroken == depth_of(bands[2:3]).deepest == 0


def test_the_seed_decides(planted):
    run = planted(range(8), train=24, test=24)
    first, second = (inclusivity(run, SETTINGS) for _ in range(2))
    assert first.bands == second.bands
    assert np.array_equal(first.random_sets[0].accuracies, second.random_sets[0].accuracies)


@pytest.mark.parametrize("wrong", [{"probes": ("tree",)}, {"band": 0}, {"sizes": (0,)}])
def test_settings_that_cannot_be(wrong):
    with pytest.raises(UsageError):
        InclusivitySettings(**wrong)
