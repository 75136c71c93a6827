"""Items with the same question are known, whatever their options or wording's case."""

import pytest

from neurgrad_eval.inputs.same_question import question_key


def item(question, *options, lang="en"):
    return {"question": question, "options": list(options), "lang": lang}


def test_a_question_is_the_same_whatever_its_options():
    one, other, third = item("Who wrote it?", "a", "b"), item(" who wrote  it?", "c"), item("What?")
    key = question_key([one, other, third])
    assert key(one) == key(other) != key(third)


@pytest.mark.parametrize("langs", [("en", "en", "en"), ("en", "de", "en")])
def test_a_question_that_all_share_is_told_apart_by_options(langs):
    words = {"en": "Which is right?", "de": "Was ist richtig?"}
    texts = [("he go", "he goes"), ("er gehe", "er geht"), ("He goes", "he go")]
    items = [item(words[lang], *of, lang=lang) for lang, of in zip(langs, texts, strict=True)]
    first, second, third = map(question_key(items), items)
    assert first == third != second


def test_an_item_alone_is_its_question():
    one = item("Which is right?", "a", "b")
    assert question_key([one])(one) == question_key([one, item("What?")])(one)
