"""Reading an encoder-decoder out where its decoder predicts the answer.

The neurons are the decoder's, so that nothing which is shifted or differentiated changes what the
encoder makes of a prompt, nor the keys and values that cross-attention makes of that. Both run once
per batch, without gradients. The decoder's one or two first tokens run once per copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, EncoderDecoderCache

from neurgrad_eval.engine.strategies import Strategy
from neurgrad_eval.engine.whole import padded
from neurgrad_eval.models.passes import transformer

_KEYS_PER_TOKEN = 12
"""Encoder tokens whose keys and values, 2D numbers a layer, weigh as much as one that is run, about
8D + 4F."""


@dataclass(frozen=True)
class EncodedBody:
    """A batch of encoded prompts; reading leaves it as it is."""

    outputs: Any
    """What the encoder returned."""
    mask: Tensor | None
    """1 for real tokens, 0 for padding [row, token]; None where there is none."""
    start: tuple[int, ...]
    """Token ids that the decoder begins with."""
    keys: DynamicCache | None
    """Keys and values of cross-attention; None where they are made at every reading."""

    @property
    def states(self) -> Tensor:
        """What the encoder makes of the prompts [row, token, width]."""
        states: Tensor = self.outputs.last_hidden_state
        return states

    @property
    def positions(self) -> Tensor:
        """Where the neurons are read: at the last of the decoder's tokens [row, 1]."""
        return torch.full((len(self.states), 1), -1, device=self.states.device)


@torch.no_grad()
def encoded_body(
    model: Any, prompts: Sequence[Sequence[int]], start: tuple[int, ...], strategy: Strategy
) -> EncodedBody:
    """Run the encoder.

    Parameters
    ----------
    model
        A transformers encoder-decoder.
    prompts
        Token ids.
    start
        Token ids that the decoder begins with.
    strategy
        Whether the keys and values of cross-attention are made here.
    """
    ids, padding = padded(model, prompts)
    mask = None if padding.all() else padding
    outputs = transformer(model).get_encoder()(input_ids=ids, attention_mask=mask)
    body = EncodedBody(outputs, mask, start, None)
    if not strategy.cached:
        return body
    caches = EncoderDecoderCache(DynamicCache(), DynamicCache())
    model(**_inputs(body, 1), past_key_values=caches, use_cache=True)
    keys = caches.cross_attention_cache
    if not keys.get_seq_length():
        raise ValueError("keys and values of cross-attention are not cached")
    return replace(body, keys=keys)


def read_encoded(model: Any, body: EncodedBody, copies: int = 1) -> Tensor:
    """Run the decoder's first tokens, `copies` times for each prompt.

    Gradients flow if they are enabled where this is called.

    Returns
    -------
    Tensor
        Logits of the next token [row, copy, vocabulary].
    """
    inputs = _inputs(body, copies)
    if body.keys is None:
        logits = model(**inputs, use_cache=False).logits
    else:
        repeated = DynamicCache()
        layers: Any = body.keys.layers
        for number, layer in enumerate(layers):
            keys, values = (_repeat(kept, copies) for kept in (layer.keys, layer.values))
            repeated.update(keys, values, number)
        caches = EncoderDecoderCache(DynamicCache(), repeated)
        logits = model(**inputs, past_key_values=caches, use_cache=True).logits
    return logits[:, -1].reshape(len(body.states), copies, -1)  # type: ignore[no-any-return]


def tokens_per_copy(strategy: Strategy, prompt: int) -> int:
    """As how many tokens that are run a copy of a prompt of so many tokens weighs."""
    return 2 + prompt // _KEYS_PER_TOKEN if strategy.cached else prompt


def _inputs(body: EncodedBody, copies: int) -> dict[str, Any]:
    rows = len(body.states) * copies
    start = torch.tensor([body.start], device=body.states.device)
    outputs = type(body.outputs)(last_hidden_state=_repeat(body.states, copies))
    mask = None if body.mask is None else _repeat(body.mask, copies)
    return {
        "encoder_outputs": outputs,
        "attention_mask": mask,
        "decoder_input_ids": start.expand(rows, -1),
    }


def _repeat(values: Tensor, copies: int) -> Tensor:
    """Each row `copies` times; of a single row the copies share memory."""
    if len(values) == 1:
        return values.expand(copies, *values.shape[1:])
    return values.repeat_interleave(copies, dim=0)
