"""Chunks: which get a question, and with which options."""

from __future__ import annotations

from collections import Counter

import pytest

from builders.builder import Dropped
from builders.linguistic import chunking
from mceval8k.errors import DataError


def test_a_chunk_is_asked_for_once_in_its_sentence(upstream_rows):
    tokens = ["He", "took", "off", "the", "hat", "when", "he", "sat", "down", "quietly", "."]
    tags = [11, 21, 15, 11, 12, 17, 11, 22, 15, 3, 0]
    drafted = list(chunking.draft(upstream_rows([{"tokens": tokens, "chunk_tags": tags}]), 0))
    reasons = [each.reason for each in drafted if isinstance(each, Dropped)]
    assert Counter(reasons) == {"repeated-phrase": 2, "rare-type": 2}
    kept = [each for each in drafted if not isinstance(each, Dropped)]
    golds = [(each.stratum, each.drafts[0].raw["target_chunk"]) for each in kept]
    assert golds == [
        ("VP", ["took"]),
        ("NP", ["the", "hat"]),
        ("SBAR", ["when"]),
        ("VP", ["sat"]),
        ("ADVP", ["quietly"]),
    ]
    raw = kept[1].drafts[0].raw
    assert raw["text"] == "He took off the hat when he sat down quietly."
    assert raw["chunks"][2:4] == [["off"], ["the", "hat"]]
    assert raw["options"][0] == "NP"
    assert raw["label"] == 0
    assert kept[0].group == kept[1].group == "he took off the hat when he sat down quietly."


def test_options_are_the_types_that_are_asked_for(upstream_rows):
    rows = upstream_rows(
        {"tokens": [f"w{n}"], "chunk_tags": [2 * chunking.TYPES.index(gold) + 1]}
        for n in range(100)
        for gold in chunking.USED_TYPES
    )
    options = [each.drafts[0].raw["options"] for each in chunking.draft(rows, 0)]
    wrong = Counter(name for each in options for name in each[1:])
    assert set(wrong) == set(chunking.USED_TYPES)
    assert all(count == pytest.approx(300, rel=0.2) for count in wrong.values())


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([1], "line 1: 1 chunk_tags for 2 tokens"),
        ([0, 23], "line 1: chunk_tags: 23 is none of 0 to 22"),
    ],
)
def test_wrong_tags(upstream_rows, tags, message):
    rows = upstream_rows([{"tokens": ["a", "b"], "chunk_tags": tags}])
    with pytest.raises(DataError, match=message):
        list(chunking.draft(rows, 0))


def test_a_phrase_without_a_letter_is_not_asked_for(upstream_rows):
    tokens, tags = ["It", "cost", "$", "1\\/2", "``", "net", "''"], [11, 21, 1, 11, 0, 3, 0]
    drafted = list(chunking.draft(upstream_rows([{"tokens": tokens, "chunk_tags": tags}]), 0))
    assert drafted.count(Dropped("no-letter")) == 1
    raws = [each.drafts[0].raw for each in drafted if not isinstance(each, Dropped)]
    assert [raw["target_chunk"] for raw in raws] == [["It"], ["cost"], ["1/2"], ["net"]]
    assert raws[0]["text"] == 'It cost $1/2 "net"'
    assert raws[0]["chunks"] == [["It"], ["cost"], ["$"], ["1/2"], ["net"]]


def test_a_sentence_without_chunks(upstream_rows):
    rows = upstream_rows([{"tokens": ["."], "chunk_tags": [0]}])
    assert list(chunking.draft(rows, 0)) == [Dropped("no-chunk")]
