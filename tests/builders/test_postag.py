"""Words of treebanks: which get a question, and with which options."""

from __future__ import annotations

from collections import Counter

import pytest

from builders.builder import Dropped
from builders.linguistic import postag
from builders.making.tagging import Word, occurrences, targets, tokens
from builders.multilingual import mpostag
from builders.reading.upstream import UpstreamRow
from mceval8k.task import LANGUAGES


def treebank_row(text, lines, *, sent_id="s1", document="d1", source="ud/en_gum"):
    """Row of a sentence; a line is `id form tag`."""
    ids, forms, upos = zip(*(line.split(" ") for line in lines), strict=True)
    values = {
        "sent_id": sent_id,
        "text": text,
        "newdoc id": document,
        "ids": list(ids),
        "forms": list(forms),
        "upos": list(upos),
    }
    return UpstreamRow(values, source, f"{source[3:]}-ud-test:0", "x.conllu: line 1")


DU = treebank_row(
    "Il part du port, et rit du chat.",
    [
        *("1 Il PRON", "2 part VERB", "3-4 du _", "3 de ADP", "4 le DET", "5 port NOUN"),
        *("6 , PUNCT", "7 et CCONJ", "8 rit VERB", "9-10 du _", "9 de ADP", "10 le DET"),
        *("10.1 le PRON", "11 chat X", "12 . PUNCT"),
    ],
    source="ud/fr_pud",
)


def kept(drafted):
    return [each for each in drafted if not isinstance(each, Dropped)]


def reasons(drafted):
    return Counter(each.reason for each in drafted if isinstance(each, Dropped))


def found(row, tags=mpostag.TAGS, *, spaced=True):
    return list(targets(row["text"], tokens(row), tags, spaced=spaced))


def test_a_multiword_token_stands_for_its_parts():
    forms = [word.form for word in tokens(DU)]
    assert forms == ["Il", "part", "du", "port", ",", "et", "rit", "du", "chat", "."]
    assert tokens(DU)[2] == Word("du", "")


def test_neither_a_range_nor_its_parts_nor_empty_nodes_are_asked_for():
    assert [word.form for word in kept(found(DU))] == ["Il", "part", "port", "et", "rit"]
    assert reasons(found(DU)) == {"multiword-token": 2, "other-tag": 3}


@pytest.mark.parametrize(
    ("text", "lines", "expected"),
    [
        ("A cat saw a dog", ("1 A DET", "2 cat NOUN", "3 saw VERB", "4 a DET", "5 dog NOUN"), 3),
        ("it saw it's", ("1 it PRON", "2 saw VERB", "3-4 it's _", "3 it PRON", "4 's AUX"), 1),
        ("Some kinda city", ("1 Some DET", "2 kind NOUN", "3 a ADP", "4 city NOUN"), 2),
        ("l'île, où elle", ("1 l' DET", "2 île NOUN", "3 , PUNCT", "4 où PRON", "5 elle PRON"), 4),
        ("in 2nd Covid-19 U.S.", ("1 in ADP", "2 2nd ADJ", "3 Covid-19 PROPN", "4 U.S. PROPN"), 2),
    ],
)
def test_only_words_that_are_told_from_all_others(text, lines, expected):
    assert len(kept(found(treebank_row(text, lines)))) == expected


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("1 word X",), "other-tag"),
        (("1 word _",), "other-tag"),
        (("1 . PUNCT",), "other-tag"),
        (("1 7th ADJ",), "not-in-letters"),
        (("1-2 word _", "1 wo NOUN", "2 rd NOUN"), "multiword-token"),
        (("1 Word NOUN", "2 word VERB"), "repeated-word"),
        (("1 other ADJ",), "not-in-text"),
    ],
)
def test_reasons(lines, reason):
    assert set(reasons(found(treebank_row("word 7th", lines)))) == {reason}


def test_a_chinese_word_within_another_is_repeated():
    row = treebank_row("晚上在島上", ["1 晚上 NOUN", "2 在 ADP", "3 島 NOUN", "4 上 ADP"])
    assert [word.form for word in kept(found(row, spaced=False))] == ["晚上", "在", "島"]


@pytest.mark.parametrize(
    ("form", "text", "spaced", "times"),
    [
        ("it", "it is what it's within", True, 2),
        ("a", "aa a a", True, 2),
        ("l'", "l'île et l'eau", True, 2),
        ("-", "a-b", True, 1),
        ("上", "晚上上", False, 2),
    ],
)
def test_occurrences(form, text, spaced, times):
    assert occurrences(form, text, spaced=spaced) == times


def test_a_word_of_gum():
    lines = ["1 The DET", "2-3 cat’s _", "2 cat NOUN", "3 ’s PART", "4 asleep ADJ"]
    drafted = list(postag.draft([treebank_row("The cat’s asleep", lines)], 0))
    assert [each.stratum for each in kept(drafted)] == ["DET", "ADJ"]
    raw = kept(drafted)[0].drafts[0].raw
    assert raw["text"] == "The cat’s asleep"
    assert raw["tokens"] == ["The", "cat’s", "asleep"]
    assert raw["target_token"] == "The"
    assert raw["options"][0] == "DET"
    assert raw["label"] == 0
    assert kept(drafted)[0].group == "d1"


def test_a_sentence_of_several_documents_is_not_asked_for():
    line = ["1 Yeah INTJ"]
    again = [treebank_row("Yeah", line), treebank_row("yeah", line)]
    assert len(kept(postag.draft(again, 0))) == 2
    elsewhere = treebank_row("YEAH", line, document="d2")
    assert reasons(postag.draft([*again, elsewhere], 0)) == {"repeated-sentence": 3}


@pytest.mark.parametrize("module", [postag, mpostag])
def test_every_tag_is_distractor_as_often_as_the_others(module):
    source = {postag: "ud/en_gum", mpostag: "ud/en_pud"}[module]
    rows = [
        treebank_row(f"word{'ab'[n % 2] * (n + 1)}", [f"1 word{'ab'[n % 2] * (n + 1)} {tag}"])
        for n in range(60)
        for tag in module.TAGS
    ]
    rows = [UpstreamRow(row.values, source, row.source_id, row.where) for row in rows]
    drafted = kept(module.draft(rows, 0))
    wrong = Counter(tag for each in drafted for tag in each.drafts[0].raw["options"][1:])
    assert set(wrong) == set(module.TAGS)
    expected = 3 * len(drafted) / len(module.TAGS)
    assert all(count == pytest.approx(expected, rel=0.35) for count in wrong.values())
    assert all(len(set(each.drafts[0].raw["options"])) == 4 for each in drafted)


def test_parallel_sentences_are_one_group():
    rows = [
        treebank_row(f"Text {lang}{n}", ["1 Text NOUN"], sent_id=f"n{n}", source=f"ud/{lang}_pud")
        for n in range(2)
        for lang in LANGUAGES
    ]
    same_text = treebank_row("text  de1", ["1 text NOUN"], sent_id="n7", source="ud/de_pud")
    drafted = kept(mpostag.draft([*rows, same_text], 0))
    assert [each.stratum for each in drafted[:5]] == [f"{lang} NOUN" for lang in LANGUAGES]
    assert [each.drafts[0].raw["lang"] for each in drafted[:5]] == list(LANGUAGES)
    first, second = ({each.group for each in some} for some in (drafted[:5], drafted[5:]))
    assert len(first) == len(second) == 1
    assert first != second
