"""Tokenised sentences as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.making.written import written


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("He did n't , he said , and I 'd agree .", "He didn't, he said, and I'd agree."),
        ("`` We ca n't , '' he said : `` No ! ''", '"We can\'t," he said: "No!"'),
        (
            "the investors ' view , -LRB- in part -RRB- -LCB- x -RCB- -LSB- y -RSB-",
            "the investors' view, (in part) {x} [y]",
        ),
        (
            "rose 3 1\\/2 % to US$ 5 , or $ 1.5 billion ; \\* n.a.",
            "rose 3 1/2% to US$5, or $1.5 billion; * n.a.",
        ),
        ("It can not go on -- yet .", "It cannot go on -- yet."),
        ('" Yes , " she said . " No . "', '"Yes," she said. "No."'),
        ('We agree , " she said .', 'We agree," she said.'),
        ('She said " we agree .', 'She said "we agree.'),
        ("yr / yr , 1996/97", "yr/yr, 1996/97"),
        ("John 's , NATION 'S", "John's, NATION'S"),
        ("Ford - Werke AG", "Ford - Werke AG"),
    ],
)
def test_spaces_quotes_and_escapes(tokens, text):
    assert written(tokens.split()).text == text


TOKENS = st.sampled_from(
    [
        "the",
        "dog",
        ",",
        ".",
        '"',
        "``",
        "''",
        "'s",
        "n't",
        "$",
        "-LRB-",
        "-RRB-",
        "1\\/2",
        "can",
        "not",
    ]
)


@given(st.lists(TOKENS, min_size=1, max_size=12))
def test_a_phrase_is_a_part_of_the_text_and_tokens_stay_in_order(tokens):
    found = written(tokens)
    assert "".join(found.text.split()) == "".join(
        found.phrase(n, n + 1) for n in range(len(tokens))
    )
    assert found.phrase(0, len(tokens)) == found.text
    ends = [place for span in found.spans for place in span]
    assert ends == sorted(ends)
