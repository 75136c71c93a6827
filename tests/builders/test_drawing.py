"""Distractors, the order of options, groups, and the hash behind every draw."""

from __future__ import annotations

import hashlib
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from builders.builder import Candidate, Draft
from builders.making.distractors import draw_weighted
from builders.making.grouping import components
from builders.making.hashing import rank, uniform
from builders.making.knowledge import Knowledge, Statement, mentions
from builders.making.options import place_golds
from builders.reading.upstream import UpstreamRow

ROW = UpstreamRow({}, "owner/set", "train:0", "train.jsonl: line 1")


def anything(name, others):
    return True


def test_rank_is_a_fixed_function():
    assert rank(0, "draw", "x") == hashlib.sha256(b"0\0draw\0x").digest()
    assert rank(0, "a") != rank(1, "a") != rank(1, "b")


def test_uniform_is_uniform():
    draws = [uniform(0, str(number)) for number in range(4000)]
    assert 0 < min(draws) < max(draws) < 1
    assert abs(sum(draws) / 4000 - 0.5) < 0.02


weights = st.dictionaries(st.text("abcxyz", min_size=1, max_size=3), st.integers(1, 9), min_size=5)


@given(weights, st.integers(0, 5), st.randoms(use_true_random=False))
def test_distractors_are_distinct_wrong_and_independent_of_the_order(table, seed, shuffler):
    gold = min(table)
    shuffled = list(table.items())
    shuffler.shuffle(shuffled)
    options = {"beside": gold, "fits": anything, "seed": seed, "key": "k"}
    drawn = draw_weighted(table, 3, **options)
    assert len({gold, *drawn}) == 4
    assert drawn == draw_weighted(dict(shuffled), 3, **options)


def test_distractors_come_in_proportion_to_their_weight():
    table = {"rare": 1, "common": 3, "gold": 5}
    hits = Counter(
        draw_weighted(table, 1, beside="gold", fits=anything, seed=seed, key="k")
        for seed in range(4000)
    )
    assert 0.72 < hits["common",] / 4000 < 0.78


def test_what_does_not_fit_is_not_drawn_and_too_few_are_none():
    table = {"a": 1, "b": 1, "c": 1}

    def not_b(name, others):
        assert others[0] == "a"
        return name != "b"

    assert draw_weighted(table, 1, beside="a", fits=not_b, seed=0, key="k") == ("c",)
    assert draw_weighted(table, 2, beside="a", fits=not_b, seed=0, key="k") is None


def drafted(number: int, stratum: str = "") -> Candidate:
    raws = [{"options": [f"{lang} gold", "x", "y", "z"], "label": 0} for lang in ("en", "fr")]
    return Candidate(
        tuple(Draft(raw, ROW) for raw in raws), group="g", stratum=stratum, key=f"key {number}"
    )


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=40), st.integers(0, 3))
def test_gold_positions_are_balanced_in_the_split_and_in_each_stratum(strata, seed):
    placed = list(place_golds([drafted(n, s) for n, s in enumerate(strata)], seed))
    labels = [candidate.drafts[0].raw["label"] for candidate in placed]
    for stratum in (None, *"abc"):
        some = [n for n, c in zip(labels, placed, strict=True) if stratum in (None, c.stratum)]
        counts = [some.count(position) for position in range(4)]
        assert max(counts) - min(counts) <= 1


@given(st.integers(0, 50))
def test_placing_keeps_the_options_and_languages_parallel(number):
    (placed,) = place_golds([drafted(number)], 0)
    english, french = (draft.raw for draft in placed.drafts)
    assert english["options"][english["label"]] == "en gold"
    assert sorted(english["options"]) == ["en gold", "x", "y", "z"]
    assert french["label"] == english["label"]
    assert [o for o in french["options"] if len(o) == 1] == [
        o for o in english["options"] if len(o) == 1
    ]


def test_other_columns_with_indices_follow_their_options():
    raw = {"texts": ["gold", "x", "y"], "right": 0, "first": 1, "second": 2}
    candidates = [
        Candidate((Draft(raw, ROW),), group="g", key=f"key {number}") for number in range(30)
    ]
    for each in place_golds(candidates, 0, column="texts", indices=("right", "first", "second")):
        placed = each.drafts[0].raw
        found = [placed["texts"][placed[name]] for name in ("right", "first", "second")]
        assert found == ["gold", "x", "y"]


def test_distractors_stand_in_every_order():
    orders = Counter()
    for candidate in place_golds([drafted(number) for number in range(600)], 0):
        orders[tuple(o for o in candidate.drafts[0].raw["options"] if len(o) == 1)] += 1
    assert len(orders) == 6
    assert min(orders.values()) > 60


def test_components_join_through_others():
    keys = [("d", "c"), ("x", "y"), ("b", "a"), ("c", "b"), ("z", "z")]
    assert components(keys) == ["a", "x", "a", "a", "z"]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30), st.randoms())
def test_components_agree_with_a_naive_search(pairs, shuffler: random.Random):
    keys = [(f"k{a}", f"k{b}") for a, b in pairs]
    naive = [set(key) for key in keys]
    changed = True
    while changed:
        changed = False
        for first in naive:
            for other in naive:
                if first & other and first != other:
                    first.update(other)
                    changed = True
    assert components(keys) == [min(found) for found in naive]
    order = list(range(len(keys)))
    shuffler.shuffle(order)
    again = components([keys[index] for index in order])
    assert [again[order.index(index)] for index in range(len(keys))] == components(keys)


def test_the_most_frequent_label_counts_and_the_first_of_equals():
    labels = ["USA", "United States", "USA", "Chad", "Tchad"]
    uris = ["Q30", "Q30", "Q30", "Q657", "Q657"]
    knowledge = Knowledge(
        tuple(
            Statement("P17", f"Q{n}", uri, label, "en")
            for n, (uri, label) in enumerate(zip(uris, labels, strict=True))
        )
    )
    assert knowledge.labels == {("en", "Q30"): "USA", ("en", "Q657"): "Chad"}


def test_labels_are_looked_for_as_words_but_not_in_chinese():
    assert mentions("bank of iran", "iran", words=True)
    assert not mentions("the port of tirana", "iran", words=True)
    assert mentions("法国的首都是", "法国", words=False)
