"""Quotas, the draw and the grouped split."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.builder import Candidate
from builders.making.sampling import (
    capacity,
    count_strata,
    draw,
    proportional,
    quotas,
    split_sizes,
)
from builders.making.splitting import largest_split, split, split_all

SIZES = {"train": 48, "validation": 8, "test": 8}


def candidates(groups: list[tuple[int, str]]) -> list[Candidate]:
    """Candidates of (group, stratum) pairs."""
    return [
        Candidate((), group=f"group {group}", stratum=stratum, key=f"key {number}")
        for number, (group, stratum) in enumerate(groups)
    ]


grouped = st.lists(st.tuples(st.integers(0, 25), st.sampled_from("abc")), min_size=8, max_size=120)


def test_sizes_of_a_full_task():
    assert split_sizes(8000) == {"train": 6000, "validation": 1000, "test": 1000}


@given(st.integers(8, 10_000))
def test_sizes_add_up_and_hold_out_an_eighth(total):
    sizes = split_sizes(total)
    assert sum(sizes.values()) == total
    assert sizes["validation"] == sizes["test"] == total // 8
    assert 0 <= sizes["train"] - 6 * sizes["test"] < 8


@given(
    st.integers(8, 500),
    st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 99), min_size=1, max_size=6),
)
def test_quotas_differ_by_one_at_most_in_each_split_and_in_the_whole(total, available):
    sizes = split_sizes(total)
    shares = quotas(sizes, available)
    assert {name: sum(share.values()) for name, share in shares.items()} == sizes
    for share in shares.values():
        assert max(share.values()) - min(share.values()) <= 1
    whole = sum((Counter(share) for share in shares.values()), Counter())
    counts = [whole[stratum] for stratum in available]
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize(
    ("available", "most"),
    [({}, 0), ({"a": 5}, 5), ({"a": 3, "b": 9}, 7), ({"a": 3, "b": 9, "c": 3}, 10)],
)
def test_capacity_lets_strata_differ_by_one(available, most):
    assert capacity(available) == most


def test_the_draw_is_uniform_over_seeds():
    pool = candidates([(number, "a") for number in range(10)])
    hits = Counter(
        candidate.key for seed in range(2000) for candidate in draw(pool, {"a": 3}, seed)[0]
    )
    assert all(500 < hits[candidate.key] < 700 for candidate in pool)


@given(grouped, st.integers(0, 3))
@settings(deadline=None)
def test_no_group_crosses_and_no_quota_is_exceeded(groups, seed):
    pool = candidates(groups)
    sizes = split_sizes(len(pool) // 2)
    found = split(pool, sizes, seed)
    shares = quotas(sizes, count_strata(pool))
    homes: dict[str, str] = {}
    for name, members in found.members.items():
        for candidate in members:
            assert homes.setdefault(candidate.group, name) == name
        assert count_strata(members) <= Counter(shares[name])
    keys = [candidate.key for members in found.members.values() for candidate in members]
    assert len(keys) == len(set(keys))
    assert found.total + found.empty == sum(sizes.values())


@given(st.integers(8, 60), st.integers(1, 4), st.integers(0, 3))
@settings(deadline=None)
def test_groups_of_one_fill_every_quota_exactly(each, strata, seed):
    pool = candidates([(n * strata + s, str(s)) for n in range(each) for s in range(strata)])
    found = largest_split(pool, seed)
    assert found.total == len(pool)
    assert {name: len(members) for name, members in found.members.items()} == split_sizes(len(pool))
    for members in found.members.values():
        counts = [count_strata(members)[str(s)] for s in range(strata)]
        assert max(counts) - min(counts) <= 1


@given(grouped, st.integers(0, 3), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_the_input_does_not_matter(groups, seed, shuffler: random.Random):
    pool = candidates(groups)
    shuffled = list(pool)
    shuffler.shuffle(shuffled)
    sizes = split_sizes(len(pool) * 2 // 3)
    assert split(pool, sizes, seed) == split(shuffled, sizes, seed)


def test_another_seed_gives_another_split():
    pool = candidates([(number, "a") for number in range(64)])
    assert split(pool, SIZES, 0).members != split(pool, SIZES, 1).members


def test_large_and_small_groups_go_to_all_splits_alike():
    pairs = [(number, stratum) for number in range(400) for stratum in "ab"]
    singles = [(1000 + number, "ab"[number % 2]) for number in range(800)]
    found = split(candidates(pairs + singles), split_sizes(1600), seed=0)
    assert not found.empty
    for members in found.members.values():
        share = sum(int(each.group.split()[1]) < 1000 for each in members) / len(members)
        assert share == pytest.approx(0.5, abs=0.03)


def test_the_largest_split_leaves_no_place_empty_though_groups_are_large():
    pool = candidates([(number // 7, "ab"[number % 2]) for number in range(70)])
    found = largest_split(pool, seed=0)
    assert 0 < found.total <= 70
    assert not found.empty
    assert {name: len(members) for name, members in found.members.items()} == split_sizes(
        found.total
    )


def test_one_single_group_cannot_be_split():
    assert largest_split(candidates([(0, "a")] * 64), seed=0).total == 0


def test_a_limit_is_kept():
    pool = candidates([(number, "a") for number in range(64)])
    assert largest_split(pool, seed=0, limit=20).total == 20


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=1),
)
def test_proportional_shares_add_up_and_are_of_the_whole(available):
    total = sum(available.values())
    sizes = split_sizes(total)
    shared = proportional(sizes, available)
    assert {split: sum(share.values()) for split, share in shared.items()} == sizes
    for stratum, count in available.items():
        assert sum(share[stratum] for share in shared.values()) == count


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("xy")), min_size=8, max_size=60))
def test_splitting_all_cuts_no_group_and_loses_nothing(rows):
    candidates = [
        Candidate((), group=f"g{group}", stratum=stratum, key=str(number))
        for number, (group, stratum) in enumerate(rows)
    ]
    found = split_all(candidates, 0)
    assert sorted(each.key for part in found.members.values() for each in part) == sorted(
        each.key for each in candidates
    )
    homes = [{each.group for each in part} for part in found.members.values()]
    assert sum(map(len, homes)) == len(set().union(*homes))
    again = split_all(candidates[::-1], 0)
    assert {k: {c.key for c in v} for k, v in again.members.items()} == {
        k: {c.key for c in v} for k, v in found.members.items()
    }
