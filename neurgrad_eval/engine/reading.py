"""One way to prepare prompts and to read them out, whatever the strategy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from neurgrad_eval.engine.encoder_decoder import EncodedBody, encoded_body, read_encoded
from neurgrad_eval.engine.last_token import Body
from neurgrad_eval.engine.prefix_cache import (
    common_prefix,
    compute_prefix,
    empty_prefix,
    read_last,
    run_body,
)
from neurgrad_eval.engine.strategies import Strategy
from neurgrad_eval.engine.whole import WholeBody, read_whole, whole_body
from neurgrad_eval.models.answer_position import AnswerPosition

AnyBody = Body | WholeBody | EncodedBody
"""A batch of prompts, prepared for reading."""


def body_maker(
    model: Any, prompts: Sequence[Sequence[int]], answer_at: AnswerPosition, strategy: Strategy
) -> Callable[[Sequence[int]], AnyBody]:
    """Prepare prompts of which batches will be read.

    Parameters
    ----------
    model
        A transformers language model.
    prompts
        Token ids; what they share is run here, once, where the strategy says so.
    answer_at
        Where the answer is predicted.
    strategy
        How prompts are run (`trial.StrategyFinder`).

    Returns
    -------
    Callable
        Makes the body of the prompts with the given indices, which have one length where the
        strategy does not pad.
    """
    if start := answer_at.decoder_start:
        return lambda indices: encoded_body(model, [prompts[i] for i in indices], start, strategy)
    if not strategy.cached:
        return lambda indices: whole_body(model, [prompts[i] for i in indices], answer_at)
    prefix = empty_prefix(model, strategy)
    shared = common_prefix(prompts) if strategy.shares else 0
    prefix = compute_prefix(model, prompts[0][:shared], prefix)
    return lambda indices: run_body(model, prefix, [prompts[i][shared:] for i in indices])


def read(model: Any, body: AnyBody, copies: int = 1) -> Tensor:
    """Logits [row, copy, vocabulary] where the answer is predicted; a causal body is consumed."""
    if isinstance(body, EncodedBody):
        return read_encoded(model, body, copies)
    if isinstance(body, WholeBody):
        return read_whole(model, body, copies)
    return read_last(model, body, copies)
