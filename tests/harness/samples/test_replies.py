"""Replies as models write them, and what they say."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.samples.replies import read_reply

NEWS = ("World", "Sports", "Business", "Sci/Tech")
LETTERS = ("A", "B", "C", "D")
XNLI_ZH = ("蕴含", "中立", "矛盾")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("B", 1),
        (" B", 1),
        ("B.", 1),
        ("b", 1),
        ("(B)", 1),
        ("[b]", 1),
        ("**B**", 1),
        ("**B.**", 1),
        ("`B`", 1),
        ("#B", 1),
        ('"B"', 1),
        ("$\\boxed{B}$", 1),
        ("\\boxed{\\text{B}}", 1),
        ("B\n", 1),
        ("\n\nB", 1),
        ("B. Sports", 1),
        ("B) Sports", 1),
        ("(B) Sports", 1),
        ("B: Sports", 1),
        ("B - Sports", 1),
        ("B Sports", 1),
        ("**B. Sports**", 1),
        ("B because the article is about a match.", 1),
        ("B, since it is about a match.", 1),
        ("B (Sports)", 1),
        ("Answer: B", 1),
        ("Answer: B. Sports", 1),
        ("**Answer:** B", 1),
        ("Answer:\n\nB", 1),
        ("The answer is B because it is about a match.", 1),
        ("The answer is B.", 1),
        ("The correct answer is (B) Sports.", 1),
        ("The correct answer is: **B**", 1),
        ("The right option is b.", 1),
        ("I would choose option B.", 1),
        ("Option B", 1),
        ("I think (B) fits best.", 1),
        ("My pick would be **B** here.", 1),
        ("Sports", 1),
        ("sports.", 1),
        ("This article is about sports.", 1),
        ("The section is **Sports**.", 1),
        ("Sci/Tech", 3),
        ("It belongs to sci/tech.", 3),
        ("<think>World? No, a match.</think>\n\nB", 1),
        ("a long thought without its start, A or C?</think>B", 1),
        ("B<|im_end|>", 1),
        ("B\n\nArticle: Shares fell.\nA. World\nB. Sports\nAnswer: C", 1),
        ("A. World\nB. Sports\nC. Business\nD. Sci/Tech\nAnswer: B", 1),
        ("Ｂ", 1),
        ("Réponse : B", 1),
        ("La réponse est B.", 1),
        ("La bonne réponse est la lettre B", 1),
        ("Antwort: B", 1),
        ("Die richtige Antwort ist B, weil es um ein Spiel geht.", 1),
        ("Die Antwort lautet B.", 1),
        ("Respuesta: B", 1),
        ("La respuesta correcta es B porque habla de un partido.", 1),
        ("La opción correcta es la letra B.", 1),
        ("答案：B", 1),
        ("答案是B。", 1),
        ("答案是 B，因为这是一篇体育新闻。", 1),
        ("答案是（Ｂ）", 1),
        ("正确选项：B", 1),
        ("选B", 1),
        ("应该选择选项B。", 1),
        ("B。因为文章讲的是比赛。", 1),
    ],
)
def test_letters(reply: str, expected: int) -> None:
    assert read_reply(reply, LETTERS, NEWS) == expected


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   \n",
        "I'm sorry, but I can't answer that.",
        "As an AI model, I cannot tell.",
        "A or B",
        "A, B",
        "Both A and C",
        "The answer is A or C.",
        "(A) and (C)",
        "World or Business",
        "Either sports or business.",
        "A. World\nB. Sports\nC. Business\nD. Sci/Tech",
        "A town in Norway held a meeting.",
        "A match was played",
        "The answer is a matter of taste",
        "The answer is not B.",
        "It is not about sports.",
        "B. World",
        "The answer is B: World",
        "E",
        "F. Sports and business",
        "2",
        "Dennis",
        "<think>It could be B",
        "Je ne sais pas.",
        "Keine Ahnung.",
        "我不知道。",
        "Let me see.\nAnswer: B\nAnswer: C",
    ],
)
def test_what_cannot_be_read(reply: str) -> None:
    assert read_reply(reply, LETTERS, NEWS) is None


def test_two_answers_are_none_unless_the_first_is_taken_back() -> None:
    assert read_reply("Answer: B\nAnswer: C", LETTERS, NEWS) is None
    assert read_reply("Answer: B\nNo, wait.\nAnswer: C", LETTERS, NEWS) == 2
    assert read_reply("Answer: B\nAnswer: C\nSo the final answer is C.", LETTERS, NEWS) == 2


def test_no_reply_names_nothing() -> None:
    assert read_reply(None, LETTERS, NEWS) is None


@pytest.mark.parametrize(
    "unit",
    [
        "answer -",
        "-",
        "A the ",
        "(A ",
        "A or ",
        "\\boxed{",
        "<think>",
        "A. x\nB. y\n",
        "not A ",
        " ",
    ],
)
def test_time_grows_with_length_only(unit: str) -> None:
    seconds = []
    for length in (2_000, 32_000):
        start = time.process_time()
        read_reply(unit * (length // len(unit)), LETTERS, NEWS)
        seconds.append(time.process_time() - start)
    assert seconds[1] < 64 * seconds[0] + 1  # 256 times were it quadratic


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("a", 0),
        ("A", 0),
        ("a.", 0),
        ("b) Sports", 1),
        ("The answer is a.", 0),
        ("a town", None),
        ("the answer is a town", None),
        ("à", None),
        ("e", None),
        ("La respuesta es c", 2),
    ],
)
def test_lower_case(reply: str, expected: int | None) -> None:
    assert read_reply(reply, ("a", "b", "c", "d"), NEWS) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("3", 2),
        ("#3", 2),
        ("Answer: #3", 2),
        ("3.", 2),
        ("#3: 3 stars", 2),
        ("3 stars", 2),
        ("The answer is 3", 2),
        ("I would give it 3 stars", 2),
        ("3 stars out of 5 stars", None),
        ("33", None),
        ("6", None),
        ("2023", None),
        ("3 or 4", None),
    ],
)
def test_digits(reply: str, expected: int | None) -> None:
    stars = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
    assert read_reply(reply, tuple("12345"), stars) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Yes", 1),
        ("yes.", 1),
        ("No, they differ.", 0),
        ("Yes, both say it.", 1),
        ("Yes they do", 1),
        ("No difference at all", None),
        ("There is no difference.", None),
        ("The answer is No.", 0),
        ("Answer: **Yes**", 1),
        ("Yes and No", None),
    ],
)
def test_yes_and_no(reply: str, expected: int | None) -> None:
    assert read_reply(reply, ("No", "Yes"), ("No", "Yes")) == expected
    assert read_reply(reply, ("A", "B"), ("No", "Yes")) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Not toxic", 0),
        ("The comment is not toxic.", 0),
        ("The comment is toxic.", 1),
        ("toxic", 1),
        ("It isn't toxic", None),
        ("Toxic or not toxic?", None),
    ],
)
def test_an_option_inside_another(reply: str, expected: int | None) -> None:
    assert read_reply(reply, ("A", "B"), ("Not toxic", "Toxic")) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("矛盾", 2),
        ("两者互相矛盾。", 2),
        ("假设与前提不矛盾", None),
        ("答案：C. 矛盾", 2),
        ("Ｃ．矛盾", 2),
        ("（C）", 2),
        ("蕴含或中立", None),
    ],
)
def test_chinese_options(reply: str, expected: int | None) -> None:
    assert read_reply(reply, ("A", "B", "C"), XNLI_ZH) == expected


def test_words_that_are_not_the_options_texts() -> None:
    words, options = ("Yes", "Maybe", "No"), ("Implication", "Neutre", "Contradiction")
    assert read_reply("Maybe", words, options) == 1
    assert read_reply("- No: Contradiction", words, options) == 2
    assert read_reply("La réponse est Neutre.", words, options) == 1
    assert read_reply("No: Neutre", words, options) is None
    assert read_reply("Tech", ("World", "Sports", "Business", "Tech"), NEWS) == 3
    assert read_reply("World news", ("World", "Sports", "Business", "Tech"), NEWS) == 0


def test_a_long_option_that_was_cut_off() -> None:
    options = ("cuts it into rounds and lays them on a tray.", "cuts it into squares.")
    assert read_reply("cuts it into rounds and lays", ("A", "B"), options) == 0
    assert read_reply("cuts it into", ("A", "B"), options) is None


def test_tags_are_read_as_written() -> None:
    tags = ("NP", "VP", "PP", "ADVP")
    assert read_reply("It is an NP.", LETTERS, tags) == 0
    assert read_reply("The phrase is an adverb phrase (ADVP)", LETTERS, tags) == 3
    assert read_reply("X", LETTERS, ("X", "SYM", "NOUN", "VERB")) == 0


FORMS = (
    "{}",
    " {}\n",
    "({})",
    "**{}**",
    "{}.",
    "Answer: {}",
    "The answer is {}.",
    "Réponse : {}",
    "Die Antwort ist {}.",
    "La respuesta es {}.",
    "答案：{}",
    "{}\n\nArticle: and so on",
    "{} because it says so.",
    "<think>B? C?</think>{}",
)
SYMBOLS = ("ABCDE", "abcde", "12345", ("One", "Two", "Three", "Four", "Five"))
TEXTS = st.text("\n .,:()*-#ABCabc12？：是不No矛盾", max_size=40) | st.text(max_size=40)


@given(st.sampled_from(FORMS), st.sampled_from(SYMBOLS), st.integers(0, 4))
def test_every_symbol_in_every_form(form: str, symbols: tuple[str, ...], index: int) -> None:
    options = ("north", "south", "east", "west", "nowhere")
    assert read_reply(form.format(symbols[index]), symbols, options) == index
    assert read_reply(form.format(options[index]), symbols, options) == index


@given(TEXTS, st.sampled_from(SYMBOLS), st.lists(TEXTS, min_size=2, max_size=5))
def test_any_text_is_read_as_an_option_or_as_nothing(reply, symbols, options) -> None:
    found = read_reply(reply, symbols[: len(options)], options)
    assert found is None or 0 <= found < len(options)
