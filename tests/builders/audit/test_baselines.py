"""Classifiers of a part of the input: they find a cue that is there, and none that is not."""

from __future__ import annotations

import numpy as np
import pytest

from builders.audit.baselines import measure
from builders.audit.baselines.words import ngrams, out_of_fold
from mceval8k.editions.shortcuts import Shortcut

ROWS = 300


def by_reads(rows):
    return {each.guess.reads: each for each in measure(rows)}


def pairs(cue):
    """Rows of mnli whose hypothesis, for a share of them, ends in a word that says the label."""
    words = ("indeed", "perhaps", "never")
    return {
        "train": [
            {
                "premise": f"p{number} q{number} r{number}",
                "hypothesis": f"h{number} {words[(number if cue(number) else number // 3) % 3]}",
                "label": number % 3,
            }
            for number in range(ROWS)
        ]
    }


def test_a_cue_in_one_column(task_rows):
    found = by_reads(task_rows("mnli", pairs(lambda number: number % 10)))
    alone = found["`hypothesis` alone"]
    # Nine rows of ten have the cue, and a third of the others by chance.
    assert alone.accuracy.value == pytest.approx(0.9 + 0.1 / 3, abs=0.01)
    assert alone.accuracy.low < alone.accuracy.value < alone.accuracy.high
    assert alone.chance == pytest.approx(1 / 3)
    assert alone.p_value < 1e-9
    assert not alone.guess.whole
    assert found["`premise` alone"].gain < 0.05
    assert Shortcut.from_json(alone.to_json()).reads == "`hypothesis` alone"


def test_no_cue(task_rows):
    found = by_reads(task_rows("mnli", pairs(lambda number: False)))
    assert all(each.gain < 0.05 for each in found.values())
    assert all(each.p_value > 0.001 for each in found.values())


def test_what_is_learnt_is_not_asked(task_rows):
    """Rows of a group have a label in common; whoever learnt from the group would know it."""
    rows = [
        {"premise": f"same{number // 10} premise", "hypothesis": f"h{number}", "label": label}
        for number in range(ROWS)
        for label in [number // 10 % 3]
    ]
    found = by_reads(task_rows("mnli", {"train": rows}))
    assert found["`premise` alone"].gain < 0.05


def test_each_language_has_its_own_classifier(task_rows):
    """One word says True in one language and False in the other."""
    rows = []
    for number in range(ROWS):
        label, lang = number % 3, ("en", "fr")[number // 3 % 2]
        word = f"w{label}" if lang == "en" else f"w{(label + 1) % 3}"
        rows.append(
            {
                "index": number,
                "premise": f"p{number}",
                "hypothesis": f"{word} h{number}",
                "label": label,
                "lang": lang,
            }
        )
    alone = by_reads(task_rows("xnli", {"train": rows}))["`hypothesis` alone"]
    assert alone.languages == {"en": 1.0, "fr": 1.0}


def test_the_word_that_is_asked_about(task_rows):
    tags = ("NOUN", "VERB", "ADJ", "ADV")
    rows = [
        {
            "text": f"s{number} t{number}",
            "tokens": [f"s{number}", f"t{number}"],
            "target_token": f"word{number % 4}",
            "options": [tags[(place + number // 4) % 4] for place in range(4)],
            "label": (number - number // 4) % 4,
        }
        for number in range(ROWS)
    ]
    found = by_reads(task_rows("postag", {"train": rows}))
    assert found["`target_token` alone"].accuracy.value == 1
    assert found["`text` alone"].gain < 0.05
    assert found["the options alone"].gain < 0.05


def test_too_few_groups_say_nothing(task_rows):
    rows = pairs(lambda number: True)["train"][:29]
    assert measure(task_rows("mnli", {"train": rows})) == ()


def test_probabilities_are_of_the_classes_in_order():
    texts = [f"{word} x{number}" for number in range(40) for word in ("good", "bad")]
    targets = np.array(["b", "a"] * 40)
    found = out_of_fold(texts, targets, np.arange(80), ["a", "b", "c"])
    assert found.sum(axis=1) == pytest.approx(np.ones(80))
    assert (found[0::2].argmax(axis=1) == 1).all()
    assert (found[1::2].argmax(axis=1) == 0).all()
    assert not found[:, 2].any()


def test_ngrams_know_the_ends_of_a_text_and_cut_chinese():
    assert ngrams("no, 很好") == [
        *("<s>", "no", ",", "很", "好", "</s>"),
        *("<s> no", "no ,", ", 很", "很 好", "好 </s>"),
    ]
