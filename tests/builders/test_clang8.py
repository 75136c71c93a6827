"""Pairs of learners' sentences: what is dropped, and that length says nothing about the answer."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from builders.builder import Dropped
from builders.linguistic import clang8


def drafts(upstream_rows, pairs, seed=0):
    rows = upstream_rows({"source": source, "target": target} for source, target in pairs)
    return list(clang8.draft(rows, seed))


def kept(drafted):
    return [each for each in drafted if not isinstance(each, Dropped)]


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("I went .", "I  went . "), "identical"),
        (("i WENT .", "I went."), "only-spacing-or-case"),
        (("ｉ went everyday .", "I went every day ."), "only-spacing-or-case"),
        (("He is here .", "She is here ."), "right-and-wrong"),
        (("He  be here .", "He is here ."), "duplicate-rows"),
    ],
)
def test_reasons(upstream_rows, pair, reason):
    always = [("He be here .", "He is here ."), ("She is her .", "She be her .")]
    dropped = [each for each in drafts(upstream_rows, [*always, pair]) if type(each) is Dropped]
    assert dropped == [Dropped(reason)]


def test_quotes_and_positions(upstream_rows):
    pairs = [(f'" He say {n} .', f'" He saw {n} .') for n in range(10, 18)]
    raws = [each.drafts[0].raw for each in kept(drafts(upstream_rows, pairs))]
    assert Counter(raw["acceptable"] for raw in raws) == {0: 4, 1: 4}
    for raw in raws:
        right = raw["sentence1"] if raw["acceptable"] == 0 else raw["sentence2"]
        assert right.startswith('" He saw ')


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        ("a b", "a b", (0, 0)),
        ("a b", "a bc", (1, 0)),
        ("a bcd", "a b", (-1, 0)),
        ("a b", "a b c d", (2, 1)),
        ("abcdefgh", "a b", (-2, 1)),
        ("a", "a bcdefg", (3, 1)),
    ],
)
def test_lengths(wrong, right, expected):
    assert clang8.lengths(wrong, right) == expected
    assert clang8.lengths(right, wrong) == clang8.reverse(expected)


def test_for_every_longer_correction_there_is_a_shorter_one(upstream_rows):
    random_ = random.Random(0)
    pairs = []
    for n in range(600):
        added = " ".join(["x"] * random_.choice([1, 1, 2, 3, 5]))
        short, long = f"word {n} .", f"word {n} {added} ."
        pairs.append((short, long) if random_.random() < 0.7 else (long, short))
    drafted = drafts(upstream_rows, pairs)
    raws = [each.drafts[0].raw for each in kept(drafted)]
    assert 250 < len(raws) < 500
    assert len(raws) + sum(type(each) is Dropped for each in drafted) == 600
    texts = [(raw["sentence1"], raw["sentence2"], raw["acceptable"]) for raw in raws]
    signed = Counter(
        clang8.lengths(*((second, first) if gold == 0 else (first, second)))
        for first, second, gold in texts
    )
    assert all(count == signed[clang8.reverse(key)] for key, count in signed.items())
    strata = Counter(each.stratum for each in kept(drafted))
    assert set(strata) == set(clang8.BUILDER.strata)
    assert max(strata.values()) - min(strata.values()) <= 4
    first_is_longer = Counter(len(first) > len(second) for first, second, _ in texts)
    assert first_is_longer[True] == pytest.approx(len(raws) / 2, rel=0.05)


def test_pairs_that_share_a_sentence_are_one_group(upstream_rows):
    pairs = [("a bd", "a be"), ("a bf", "A BE"), ("a bf", "a bg"), ("c bd", "c be")]
    groups = {
        each.drafts[0].row["source"] + each.drafts[0].row["target"]: each.group
        for each in kept(drafts(upstream_rows, pairs))
    }
    assert len(groups) == 4
    assert groups["a bda be"] == groups["a bfA BE"] == groups["a bfa bg"] != groups["c bdc be"]


def test_the_order_of_pairs_does_not_matter(upstream_rows):
    pairs = [(f"w {n}", f"w{'x' * (n % 3)} {n}y") for n in range(10, 40)]
    pairs += [(f"v{'x' * (n % 3)} {n}y", f"v {n}") for n in range(10, 30)]

    def raws(order):
        return sorted(str(each.drafts[0].raw) for each in kept(drafts(upstream_rows, order)))

    assert raws(pairs) == raws(pairs[::-1])
    assert len(raws(pairs)) == 40
