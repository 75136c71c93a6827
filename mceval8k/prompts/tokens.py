"""Texts as a causal language model reads them: special tokens before the text, once; none after.

Tokenizers are set up for training: some end every text with the token that closes a document, after
which nothing is predicted of the prompt. And a text that a chat template made begins with the
token that opens a document already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


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
    rows = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    return [row if row[: len(before)] == before else [*before, *row] for row in rows]
