"""Prompts as token ids, whatever a tokenizer puts around a text."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from mceval8k.errors import UsageError
from mceval8k.prompts import tokens
from mceval8k.prompts.symbols import answer_tokens
from mceval8k.prompts.tokens import prompt_tokens, special_tokens_around, token_rows

IDS = {"<s>": 0, "</s>": 1, "<lang>": 2}
LETTERS = {chr(code): code - 29 for code in range(32, 127)}  # a space is 3


def tokenizer(around: str) -> PreTrainedTokenizerFast:
    """One token per character, with special tokens around `$A`."""
    inner = Tokenizer(models.BPE(IDS | LETTERS, []))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.post_processor = TemplateProcessing(single=around, special_tokens=list(IDS.items()))
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<s>",
        eos_token="</s>",
        extra_special_tokens=["<lang>"],
    )


def test_texts_are_read_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["ab", "c", "def", "", "g"]
    given = tokenizer("<s> $A </s>")
    whole = given(texts)["input_ids"]
    monkeypatch.setattr(tokens, "_AT_A_TIME", 2)
    assert token_rows(given, texts) == whole
    assert token_rows(given, []) == []


@pytest.mark.parametrize(
    ("around", "before", "after"),
    [
        ("$A", [], []),
        ("<s> $A", [0], []),
        ("$A </s>", [], [1]),
        ("<s> <lang> $A </s>", [0, 2], [1]),
    ],
)
def test_what_stands_around_a_text(around: str, before: list[int], after: list[int]) -> None:
    assert special_tokens_around(tokenizer(around)) == (before, after)
    assert prompt_tokens(tokenizer(around), ["hi", "<s>hi"]) == [
        [*before, LETTERS["h"], LETTERS["i"]],
        [*before, LETTERS["h"], LETTERS["i"]]
        if before == [0]
        else [*before, 0, LETTERS["h"], LETTERS["i"]],
    ]


def test_a_text_that_a_chat_template_made_has_its_beginning_once() -> None:
    template = "<s>{% for m in messages %}[{{ m.content }}]{% endfor %}"
    known = tokenizer("<s> $A")
    text = known.apply_chat_template(
        [{"role": "user", "content": "q"}], chat_template=template, tokenize=False
    )
    assert known(text)["input_ids"][:2] == [0, 0]
    assert prompt_tokens(known, [text]) == [[0, *(LETTERS[c] for c in "[q]")]]


@pytest.mark.parametrize("around", ["$A", "<s> $A", "<s> $A </s>"])
def test_answers_come_right_after_the_text(around: str) -> None:
    known = tokenizer(around)
    assert answer_tokens(known, "Answer:", ["A", "B"]) == [LETTERS["A"], LETTERS["B"]]
    with pytest.raises(UsageError, match=r"' A' is not one token .* becomes \[' ', 'A'\]"):
        answer_tokens(known, "Answer:", [" A"])


def test_text_that_ends_in_a_special_token_keeps_it() -> None:
    assert prompt_tokens(tokenizer("$A </s>"), ["q</s>"]) == [[LETTERS["q"], 1]]
