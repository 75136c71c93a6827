"""Near-duplicates: worked by hand, and against all pairs."""

from __future__ import annotations

import random
from itertools import combinations

from builders.audit.near import THRESHOLD, jaccard, near_pairs, shingles


def test_shingles():
    assert shingles("The cat, the CAT sat!") == {"the cat the", "cat the cat", "the cat sat"}
    assert shingles("Ｗｅｌｌ—") == {"well"}
    assert shingles("我爱北京") == {"我 爱 北", "爱 北 京"}
    assert shingles("…") == frozenset()


def test_jaccard():
    assert jaccard(shingles("a b c d"), shingles("b c d e")) == 1 / 3
    assert jaccard(frozenset(), frozenset()) == 0


def test_pairs_of_a_few_texts():
    long = "one two three four five six seven eight nine ten"
    texts = [long, "", "nothing like it", long.replace(" ", ", ") + " eleven", "…", long.upper()]
    assert near_pairs(texts) == [(0, 3, 8 / 9), (0, 5, 1.0), (3, 5, 8 / 9)]
    assert near_pairs(texts, 1.0) == [(0, 5, 1.0)]


def test_candidates_lose_no_pair():
    draw = random.Random(0)
    texts = []
    for _ in range(60):
        words = [f"w{draw.randrange(10**6)}" for _ in range(40)]
        texts.append(" ".join(words))
        for _ in range(draw.randrange(3)):
            words[draw.randrange(40)] = "changed"
        texts.append(" ".join(words))
    sets = [shingles(text) for text in texts]
    every = [(i, j, jaccard(sets[i], sets[j])) for i, j in combinations(range(len(sets)), 2)]
    assert near_pairs(texts) == [pair for pair in every if pair[2] >= THRESHOLD]
