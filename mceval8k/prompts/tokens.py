"""Texts as a causal language model reads them: special tokens before the text, once; none after.

Tokenizers are set up for training: some end every text with the token that closes a document, after
which nothing is predicted of the prompt. And a text that a chat template made begins with the
token that opens a document already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_AT_A_TIME = 500


def special_tokens_around(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Token ids that a tokenizer puts before and after every text.

    Parameters
    ----------
    tokenizer
        A transformers tokenizer.
    """
    text = "a"
    bare = tokenizer(text, add_special_tokens=False)["input_ids"]
    full = tokenizer(text)["input_ids"]
    starts = range(len(full) - len(bare) + 1)
    start = next((i for i in starts if full[i : i + len(bare)] == bare), 0)
    return full[:start], full[start + len(bare) :]


def prompt_tokens(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of prompts.

    Parameters
    ----------
    tokenizer
        A transformers tokenizer.
    texts
        Prompts, with or without the special tokens of their beginning written out.
    """
    before, _ = special_tokens_around(tokenizer)
    rows = token_rows(tokenizer, texts, add_special_tokens=False)
    return [row if row[: len(before)] == before else [*before, *row] for row in rows]


def token_rows(tokenizer: Any, texts: Sequence[str], **options: Any) -> list[list[int]]:
    """Token ids of texts, some at a time, since a tokenizer keeps offsets and masks beside them.

    Parameters
    ----------
    tokenizer
        A transformers tokenizer; `options` are its own.
    texts
        Of any number.
    """
    starts = range(0, len(texts), _AT_A_TIME)
    parts = (list(texts[start : start + _AT_A_TIME]) for start in starts)
    return [row for part in parts for row in tokenizer(part, **options)["input_ids"]]
