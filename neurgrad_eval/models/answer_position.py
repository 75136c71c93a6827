"""Where a language model of each kind predicts the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mceval8k.errors import UsageError
from neurgrad_eval.models.encoding import Kind, mask_token_id
from neurgrad_eval.models.passes import transformer


@dataclass(frozen=True)
class AnswerPosition:
    """At a prompt's last token, at its [MASK], or at the last of the decoder's first tokens."""

    mask_id: int | None = None
    """Token id of [MASK] for a masked language model."""
    decoder_start: tuple[int, ...] = ()
    """Token ids that the decoder of an encoder-decoder begins with, whatever the prompt."""

    def among(self, prompt: Sequence[int]) -> int:
        """Position among the tokens that run through the neurons, from their end if negative."""
        return -1 if self.mask_id is None else list(prompt).index(self.mask_id)


LAST_TOKEN = AnswerPosition()
"""Of a causal language model."""


def answer_position(model: Any, tokenizer: Any, kind: Kind) -> AnswerPosition:
    """Where a model predicts the answer.

    Raises
    ------
    UsageError
        The tokenizer has no [MASK], or the model does not say how its decoder begins.
    """
    if kind == "masked":
        return AnswerPosition(mask_id=mask_token_id(tokenizer))
    return AnswerPosition(decoder_start=decoder_start(model)) if kind == "seq2seq" else LAST_TOKEN


def decoder_start(model: Any) -> tuple[int, ...]:
    """Token ids that transformers' `generate` begins with, before any token is the model's own.

    They are `decoder_start_token_id` of the generation config (`bos_token_id` where there is none),
    and `forced_bos_token_id`, which BART has and which says the language in mBART and NLLB.

    Raises
    ------
    UsageError
        They are not stated, or differ by row.
    """
    config = transformer(model).generation_config
    start = config.decoder_start_token_id
    start = config.bos_token_id if start is None else start
    tokens = (start,) if config.forced_bos_token_id is None else (start, config.forced_bos_token_id)
    if not all(type(token) is int for token in tokens):
        raise UsageError(
            "its generation config names no single token that the decoder starts with: set "
            "decoder_start_token_id"
        )
    return tokens
