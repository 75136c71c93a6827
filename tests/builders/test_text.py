"""Texts as they were meant: what is mended, what is not touched, what cannot be mended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.classification.agnews import mend_article
from builders.text import mend, mended, text_fault

UNTOUCHED = [
    "We are #1; they are #2;",
    "x <b and c> y",
    "Q&As; AT&T; me&her; a=1&copy=2",
    "3 < 4 & 5 > 2; <3 <ABC.N>\nanother line  with spaces",
    "C'est l'été — 你好，ＡＢＣ “quotes” £5 ½ ﬁ",
    "Â, À and Ä are letters: Ääkköset, NÃO, Ação",
    "😀👩\u200d🚀",
    "café\xa0! naïve",
    "\n indented",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_a_sound_text_is_not_touched(text):
    assert mend(text) == text
    assert text_fault(text) is None


@pytest.mark.parametrize(
    ("broken", "sound"),
    [
        (
            "it&#x27;s &frac12; off, Tom &amp; Jerry &#8220;said&#8221; so",
            "it's ½ off, Tom & Jerry “said” so",
        ),
        ("twice &amp;quot;escaped&amp;quot;", 'twice "escaped"'),
        ("cafÃ© and donâ€™t", "café and don’t"),
        (
            "zero\u200bwidth law\xadsuit \ufeffmark left\u200eright",
            "zerowidth lawsuit mark leftright",
        ),
        ("dash \x96 quote \x93well\x94\x85", "dash – quote “well”…"),
        ("one.<br /><br />Two. <BR> \n <br/>three<br />", "one.\nTwo.\nthree"),
        ("a <b>bold</b> <a href='x' target=_blank>link</a>, H<sub>2</sub>O", "a bold link, H2O"),
        ("<p>One.</p><p class=x>Two.</p>", "One.\nTwo."),
        ("&lt;b&gt;now&lt;/b&gt;", "now"),
        ("tab\there, return\r\nthere, bell\x07", "tab here, return\nthere, bell"),
    ],
)
def test_residue_is_mended(broken, sound):
    assert text_fault(broken) == "broken-field"
    assert mend(broken) == sound
    assert text_fault(sound) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (" \n\u3000", "blank-field"),
        ("lost \ufffd letter", "broken-field"),
        ("half \ud83d a pair", "broken-field"),
        ("undefined \x81 byte", "broken-field"),
        (
            "Andaluc?\xada or Ver?\xadsailles",
            "broken-field",
        ),  # a letter or a hyphen: no one can tell
        ("an <x>unknown</x> element", "broken-field"),
        ("naÃ¯ve beside “quotes”", "broken-field"),  # in two encodings
        ("Â â Ĉ ĉ Ê ê Ĝ ĝ Ĥ ĥ Î î Ĵ ĵ", "broken-field"),  # a list of letters looks like it
    ],
)
def test_what_cannot_be_mended_is_a_fault(text, fault):
    assert text_fault(mend(text)) == fault


@pytest.mark.parametrize(
    "text", ["Â â Ĉ ĉ Ê ê Ĝ ĝ Ĥ ĥ Î î Ĵ ĵ", "voilÃ le travail", "Andaluc?\xada"]
)
def test_nothing_is_guessed(text):
    assert mend(text) == text


def test_every_text_of_a_value_is_mended():
    raw = {"text": "a &lt; b", "options": ["&amp;", "c"], "label": 1, "nested": [{"x": "<b>y</b>"}]}
    assert mended(raw) == {
        "text": "a < b",
        "options": ["&", "c"],
        "label": 1,
        "nested": [{"x": "y"}],
    }


FRAGMENTS = st.sampled_from(
    [
        "&",
        "#",
        ";",
        "<",
        ">",
        "/",
        "br",
        "b",
        "quot",
        "amp",
        "lt",
        "x27",
        "39",
        " ",
        "\n",
        "\t",
        "?",
        "\u200b",
        "\xad",
        "\x85",
        "\x9d",
        "Ã",
        "©",
        "â€™",
        "Â",
        "é",
        "中",
        "word",
        '="',
        "'",
        "\r",
    ]
)


@given(st.lists(FRAGMENTS, max_size=14).map("".join))
def test_mending_twice_changes_nothing(text):
    assert mend(mend(text)) == mend(text)
    assert mend_article(mend_article(text)) == mend_article(text)


PROSE = st.text(st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="<&"))


@given(
    st.lists(PROSE | st.sampled_from(["你好。", "“été”", "naïve", "\n"]), max_size=6).map(" ".join)
)
def test_text_without_markup_is_never_shortened(text):
    assert mend(text) == text


@pytest.mark.parametrize(
    ("upstream", "meant"),
    [
        ("Sprint #39;s plan,  quot;Yes quot;", 'Sprint\'s plan, "Yes"'),
        (" #39;Batman #39; ends it", "'Batman' ends it"),
        ("BB amp;T and Bush  amp; Co.", "BB&T and Bush & Co."),
        ("up  #151; or  #36;100, if  #8364;0.99", "up — or $100, if €0.99"),
        (
            "C\\$774 million (\\$646 million), Google Inc.\\, in its",
            "C$774 million ($646 million), Google Inc., in its",
        ),
        ("with\\an internal clock.\\\\Blogs", "with an internal clock. Blogs"),
        ("houses of &lt;b&gt;...&lt;/b&gt; Prime", "houses of ... Prime"),
        ("ranked #25; Duke is #65; a", "ranked #25; Duke is #65; a"),
        ("Jobs Cut by AT&T; Total", "Jobs Cut by AT&T; Total"),
    ],
)
def test_articles(upstream, meant):
    assert mend_article(upstream) == meant
