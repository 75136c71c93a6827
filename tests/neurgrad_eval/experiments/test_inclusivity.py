"""Inclusivity where it is known how many sets of neurons tell the answer."""

from __future__ import annotations

import numpy as np
import pytest

from mceval8k.errors import UsageError
from mceval8k.statistics import above_chance, holm
from neurgrad_eval import inclusivity
from neurgrad_eval.experiments.inclusivity import InclusivitySettings, depth_of
from neurgrad_eval.probes.fitting import fit_voting

SETTINGS = {"probes": ("magnitude",), "band": 16, "sizes": (8, 16), "null_draws": 5}


@pytest.fixture(scope="module")
def find(planted, rows_of):
    """Function that gives the tables of a planted run."""

    def tables(*skilled, settings=SETTINGS, **more):
        run = planted(*skilled, **more)
        result = inclusivity(run.train, run.test, **settings)
        return [rows_of(result, name) for name in result.tables]

    return tables


def test_bands_end_where_skill_ends(find):
    bands, (depth,), *_ = find(range(32, 64), test=160)
    assert [(band.first_rank, band.last_rank) for band in bands][:2] == [(1, 16), (17, 32)]
    assert bands[-1].last_rank == 128
    assert [band.above_chance for band in bands] == [True, True] + 6 * [False]
    assert (depth.unbroken, depth.deepest, depth.above, depth.bands) == (32, 32, 2, 8)
    assert bands[0].accuracy_low > bands[0].permuted_high


def test_disjoint_sets_reach_where_all_neurons_are_skilled(find):
    *_, everywhere, each = find(range(128), strength=2.5)
    for sets in everywhere:
        own = [row.accuracy for row in each if row.size == sets.size]
        assert len(own) == sets.sets == 128 // sets.size
        assert sets.reach == sum(a >= sets.threshold for a in own) >= 0.5 * 128 // sets.size
        assert sets.permuted_reach < sets.reach
        assert (sets.worst, sets.best) == (min(own), max(own))
        assert sets.mean == pytest.approx(sum(own) / len(own))


def test_disjoint_sets_do_not_reach_where_few_neurons_are_skilled(find):
    *_, (few, _), _ = find(range(8))
    assert few.best_ranked > 0.9
    assert few.reach <= 1
    assert few.mean < 0.6


def test_nothing_is_found_where_nothing_is(find):
    bands, depths, *_ = find(seed=3, settings={"band": 16, "sizes": (16,), "null_draws": 0})
    assert sum(depth.above for depth in depths) == 0
    assert all(band.permuted is None for band in bands)


def test_sets_larger_than_half_of_the_neurons_are_left_out(find, planted):
    settings = {"probes": ("polarity",), "band": 64, "null_draws": 0}
    *_, sets, _ = find(settings={**settings, "sizes": (64, 65)})
    assert [one.size for one in sets] == [64]
    run = planted(train=16, test=16)
    none = inclusivity(run.train, run.test, **settings, sizes=(65,))
    assert [view.table for view in none.views()] == ["bands", "depths"]


def test_bands_are_tested_together(planted, find):
    bands, *_ = find(range(64), strength=0.3, settings={**SETTINGS, "null_draws": 0})
    run = planted(range(64), strength=0.3)
    probe = fit_voting("magnitude", run.train)
    sets = probe.decide_sets(run.test.codes, lambda ranking: ranking.order.reshape(8, 16))
    answers = np.stack([one.answers for one in sets], axis=1)
    alone = above_chance(answers, run.test.labels, run.test.groups)
    assert [band.p for band in bands] == pytest.approx(holm(alone.p))
    assert [band.lift for band in bands] == pytest.approx(alone.lift)


def test_depth_by_hand():
    above = [True, True, False, True, False]
    bands = [{"last_rank": 10 * i, "above_chance": there} for i, there in enumerate(above, 1)]
    assert tuple(depth_of(bands).values()) == (20, 40, 3, 5)
    assert tuple(depth_of(bands[2:3]).values()) == (0, 0, 0, 1)


def test_the_seed_decides(find):
    assert find(range(8), train=24, test=24) == find(range(8), train=24, test=24)


@pytest.mark.parametrize("wrong", [{"probes": ("tree",)}, {"band": 0}, {"sizes": (0,)}])
def test_settings_that_cannot_be(wrong):
    with pytest.raises(UsageError):
        InclusivitySettings(**wrong)
