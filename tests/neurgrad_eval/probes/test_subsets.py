"""Subsets: nested, balanced, and disjoint."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurgrad_eval.probes.subsets import (
    balanced_order,
    disjoint_sets,
    halves,
    permuted_by_groups,
    powers,
)


def test_powers():
    assert powers(0, 2**14) == tuple(2**k for k in range(15))
    assert powers(3, 400) == (8, 16, 32, 64, 128, 256, 400)
    assert powers(0, 72) == (1, 2, 4, 8, 16, 32, 64, 72)
    assert powers(0, 1) == (1,)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=4), st.integers(0, 9))
def test_every_beginning_is_balanced(counts, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    order = balanced_order(labels, seed)
    assert sorted(order.tolist()) == list(range(len(labels)))
    for size in range(1, min(counts) * len(counts) + 1):
        found = np.bincount(labels[order[:size]], minlength=len(counts))
        assert found.max() - found.min() <= 1


def test_draws_differ_and_repeat():
    labels = np.arange(40) % 4
    orders = [balanced_order(labels, [0, draw]).tolist() for draw in (0, 1, 0)]
    assert orders[0] == orders[2] != orders[1]


def test_labels_of_single_items_are_permuted_freely():
    labels = np.array([0, 1, 2, 2])
    drawn = [
        permuted_by_groups(labels, list("dcba"), np.random.default_rng(s)) for s in range(2400)
    ]
    orders, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(orders) == 12  # 4! / 2!, 200 of each expected
    assert (np.abs(counts - 200) < 60).all()


def test_labels_of_groups_change_places_with_groups_of_their_size():
    groups = list("abcbaccd")  # a and b of two items, c of three, d alone
    labels = np.array([1, 2, 3, 2, 1, 3, 0, 4])
    seen = set()
    for seed in range(60):
        found = permuted_by_groups(labels, groups, np.random.default_rng(seed))
        pairs = found[[0, 4]].tolist(), found[[1, 3]].tolist()
        assert pairs in (([1, 1], [2, 2]), ([2, 2], [1, 1]))
        assert found[7] == 4
        seen.add((pairs[0][0], *found[[2, 5, 6]].tolist()))
    assert seen == {(one, *three) for one in (1, 2) for three in [(0, 3, 3), (3, 0, 3), (3, 3, 0)]}


@given(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=20), st.integers(0, 9))
def test_no_group_is_in_both_halves(groups, seed):
    if len(set(groups)) < 2:
        return
    first, second = halves(groups, seed)
    assert {groups[i] for i in first} & {groups[i] for i in second} == set()
    assert sorted([*first, *second]) == list(range(len(groups)))
    sizes = [len({groups[i] for i in rows}) for rows in (first, second)]
    assert 0 <= sizes[1] - sizes[0] <= 1


def test_disjoint_sets():
    sets = disjoint_sets(20, 6, 10, 0)
    assert [len(one) for one in sets] == [6, 6, 6]
    assert len({neuron for one in sets for neuron in one.tolist()}) == 18
    assert len(disjoint_sets(20, 6, 2, 0)) == 2
