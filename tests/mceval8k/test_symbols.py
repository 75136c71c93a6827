"""Answer tokens: one token after the prompt, or a message that says what it is instead."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from mceval8k.errors import UsageError
from mceval8k.prompts.symbols import answer_tokens


def tokenizer(*, ends_in: str | None = None) -> PreTrainedTokenizerFast:
    """A token per character, except ` A`, ` B`, and `:x`, which swallows the prompt's colon."""
    words = ["<s>", "</s>", *map(chr, range(32, 127)), " A", " B", ":x"]
    merges = [(" ", "A"), (" ", "B"), (":", "x")]
    raw = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, merges))
    raw.pre_tokenizer = pre_tokenizers.Split("\n", "isolated")
    if ends_in:
        raw.post_processor = processors.TemplateProcessing(
            single=f"<s> $A {ends_in}", special_tokens=[("<s>", 0), ("</s>", 1)]
        )
    return PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")


def test_ids() -> None:
    tok = tokenizer()
    expected = tok.convert_tokens_to_ids([" A", " B"])
    assert answer_tokens(tok, "Answer:", [" A", " B"]) == expected


def test_special_tokens_around_the_prompt() -> None:
    tok = tokenizer(ends_in="</s>")
    expected = tok.convert_tokens_to_ids([" A", " B"])
    assert answer_tokens(tok, "Answer:", [" A", " B"]) == expected


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([" A", " C"], r"' C' is not one token .* \[' ', 'C'\].*--pack"),
        ([" A", " AB"], r"' AB' is not one token .* \[' A', 'B'\] and begins as ' A' does"),
        (["x"], r"'x' is not one token .* \[':x'\]"),
        ([""], "'' is not one token"),
        ([" A", " B", " A"], "' A' and ' A' are the same token"),
    ],
)
def test_what_is_wrong_is_named(answers: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        answer_tokens(tokenizer(), "Answer:", answers)


def test_a_symbol_that_the_model_does_not_know() -> None:
    words = {"<unk>": 0, "Answer:": 1, " A": 2}
    raw = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_next")
    tok = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>")
    assert answer_tokens(tok, "Answer:", [" A"]) == [2]
    with pytest.raises(UsageError, match="' B' is not in the vocabulary"):
        answer_tokens(tok, "Answer:", [" A", " B"])
