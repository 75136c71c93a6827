"""Two ways to run several last tokens after each prompt of a batch, with equal results.

- **Packed**: the tokens of a prompt lie side by side on the sequence axis at one position, and a
  4-D mask lets each see the prompt and itself. The prompt's keys and values are held once.
- **Repeated**: the tokens of a prompt are rows of a larger batch, and its keys and values are
  repeated for each. Prompts are moved to the right end of the cache, which is the layout of
  left-padded generation that every causal model supports.

`packing` says which of them a model can do.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache


@dataclass(frozen=True)
class Body:
    """A batch of prompts of which everything but the last token has been run."""

    cache: DynamicCache
    lengths: Tensor
    """Tokens before the last one, prefix included [row]."""
    last: Tensor
    """The last tokens [row]."""
    packed: bool
    """Whether copies of the last tokens are read side by side."""

    @property
    def positions(self) -> None:
        """Where the neurons are read: at every token of the last pass."""
        return


def read_packed(model: Any, body: Body, tokens: Tensor) -> Tensor:
    """Run `tokens` [row, copy] side by side; consumes the body's cache.

    Returns
    -------
    Tensor
        Logits of the next token [row, copy, vocabulary].
    """
    return model(  # type: ignore[no-any-return]
        input_ids=tokens,
        attention_mask=_packed_mask(body, tokens.shape[1], model.dtype),
        past_key_values=body.cache,
        use_cache=True,
        **_positions(model, body.lengths[:, None].expand_as(tokens)),
    ).logits


def read_repeated(model: Any, body: Body, tokens: Tensor) -> Tensor:
    """Run `tokens` [row, copy] as rows of a batch.

    Returns
    -------
    Tensor
        Logits of the next token [row, copy, vocabulary].
    """
    copies = tokens.shape[1]
    cached = body.cache.get_seq_length()
    lengths = body.lengths.repeat_interleave(copies)
    there = torch.arange(cached + 1, device=lengths.device) >= cached - lengths[:, None]
    logits = model(
        input_ids=tokens.reshape(-1, 1),
        attention_mask=there.long(),
        past_key_values=_repeat(body, copies),
        use_cache=True,
        **_positions(model, lengths[:, None]),
    ).logits
    return logits.reshape(*tokens.shape, -1)  # type: ignore[no-any-return]


def _positions(model: Any, positions: Tensor) -> dict[str, Tensor]:
    """Position ids, for models that take them; others derive them from the mask."""
    takes = "position_ids" in inspect.signature(type(model).forward).parameters
    return {"position_ids": positions} if takes else {}


def _repeat(body: Body, copies: int) -> DynamicCache:
    """Keys and values of each prompt `copies` times, its padding moved to the left."""
    cached = body.cache.get_seq_length()
    padding = cached - body.lengths
    source = (torch.arange(cached, device=padding.device) - padding[:, None]) % max(cached, 1)
    repeated = DynamicCache()
    layers: Any = body.cache.layers
    for layer, kept in enumerate(layers):
        keys = _gather(kept.keys, source, copies)
        repeated.update(keys, _gather(kept.values, source, copies), layer)
    return repeated


def _gather(values: Tensor, source: Tensor, copies: int) -> Tensor:
    """Tokens `source` [row, token] of keys or values [row, head, token, dimension]."""
    index = source.to(values.device)[:, None, :, None].expand_as(values)
    return values.gather(2, index).repeat_interleave(copies, dim=0)


def _packed_mask(body: Body, copies: int, dtype: torch.dtype) -> Tensor:
    """Additive mask [row, 1, copy, token + copy]: each copy sees its prompt and itself."""
    device = body.lengths.device
    cached = body.cache.get_seq_length()
    prompt = torch.arange(cached, device=device) < body.lengths[:, None]
    itself = torch.eye(copies, dtype=torch.bool, device=device)
    seen = torch.cat(
        [
            prompt[:, None, :].expand(-1, copies, -1),
            itself[None].expand(len(prompt), -1, -1),
        ],
        dim=2,
    )
    mask = torch.zeros(seen.shape, dtype=dtype, device=device)
    return mask.masked_fill(~seen, torch.finfo(dtype).min)[:, None]
