"""The baseline that reads words and lengths only."""

import numpy as np

from neurgrad_eval.features.codes import encode
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes.text import parts, text_answers


def features(texts, labels, groups=()):
    count = len(labels)
    codes = encode(np.zeros((count, 2, 1)))
    activations, probabilities = np.zeros((count, 1)), np.zeros((count, 2))
    known = {"groups": tuple(groups), "texts": tuple(texts)}
    return Features(codes, activations, probabilities, np.asarray(labels), (1,), **known)


def test_words_tell_the_answer():
    labels = np.arange(40) % 2
    texts = [f"{'good' if label else 'bad'} film {i}" for i, label in enumerate(labels)]
    found = text_answers(features(texts[:20], labels[:20]), features(texts[20:], labels[20:]))
    assert found.tolist() == labels[20:].tolist()


def test_lengths_tell_the_answer():
    labels = np.arange(40) % 2
    texts = ["word " * (50 if label else 3) for label in labels]
    found = text_answers(features(texts[:20], labels[:20]), features(texts[20:], labels[20:]))
    assert found.tolist() == labels[20:].tolist()


def test_few_items_are_enough_and_order_does_not_matter():
    one = features(["a x", "b y", "a z", "b u"], [0, 1, 0, 1], ["g", "h", "g", "i"])
    assert text_answers(one, one.take([1, 0])).tolist() == [1, 0]


def test_there_is_none_without_texts_or_words():
    known, unknown = features(["a", "b"], [0, 1]), features((), [0, 1])
    assert text_answers(unknown, known) is None
    assert text_answers(known, unknown) is None
    assert text_answers(features(["?", "!"], [0, 1]), known) is None
    assert known.take([1]).texts == ("b",)
    assert unknown.take([1]).texts == ()


def test_labelled_parts_are_read_each_on_its_own():
    labels = np.arange(40) % 2
    long, short = "word " * 30, "word " * 3
    texts = [
        f"Premise: {long if label else short}\nAnswer: {short if label else long}"
        for label in labels
    ]
    found = text_answers(features(texts[:20], labels[:20]), features(texts[20:], labels[20:]))
    assert found.tolist() == labels[20:].tolist()


def test_texts_are_cut_at_labels_that_all_have_once():
    texts = ["Fact: a\nSay: b\nSay: c\nEnd: d", "Fact: e: f\nSay: g\nNote: h\nEnd: i"]
    assert parts(texts).tolist() == [
        ["", "a\nSay: b\nSay: c\n", "d"],
        ["", "e: f\nSay: g\nNote: h\n", "i"],
    ]
    for whole in (["A b", "Fact: c"], ["X: a\nY: b", "Y: a\nX: b"]):
        assert parts(whole).tolist() == [[text] for text in whole]
