"""Reading a causal model out at the last token, with all that comes before it cached.

Only the last position's neurons can change what is predicted there, and they change nothing
else. So the tokens that all prompts begin with run once; the rest of each prompt but its last token
runs once per batch, without gradients; and only the last token is computed as often as it is
needed, several copies side by side on the sequence axis, each of which sees the prompt and itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

Tokens = Sequence[int]


def common_prefix(prompts: Sequence[Tokens]) -> int:
    """Length of the longest prefix that all prompts share and that leaves each a token."""
    longest = min(len(prompt) for prompt in prompts) - 1
    first = prompts[0]
    for position in range(longest):
        if any(prompt[position] != first[position] for prompt in prompts):
            return position
    return longest


@dataclass(frozen=True)
class PrefixCache:
    """Keys and values of tokens that come before every prompt's own."""

    length: int
    layers: tuple[tuple[Tensor, Tensor], ...]
    """Per layer keys and values, each [1, head, token, dimension]; empty for an empty prefix."""

    def expand(self, rows: int) -> DynamicCache:
        """Start a cache for a batch of `rows` prompts."""
        cache = DynamicCache()
        for layer, (keys, values) in enumerate(self.layers):
            cache.update(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), layer)
        return cache


@torch.no_grad()
def compute_prefix(model: Any, tokens: Tokens) -> PrefixCache:
    """Run `tokens` once and keep their keys and values."""
    if not tokens:
        return PrefixCache(0, ())
    cache = DynamicCache()
    ids = torch.tensor([list(tokens)], device=model.device)
    model.base_model(input_ids=ids, past_key_values=cache, use_cache=True)
    filled: Any = cache.layers
    layers = tuple((layer.keys, layer.values) for layer in filled)
    return PrefixCache(len(tokens), layers)


@dataclass(frozen=True)
class Body:
    """A batch of prompts of which everything but the last token has been run."""

    cache: DynamicCache
    lengths: Tensor
    """Tokens before the last one, prefix included [row]."""
    last: Tensor
    """The last tokens [row]."""


@torch.no_grad()
def run_body(model: Any, prefix: PrefixCache, rests: Sequence[Tokens]) -> Body:
    """Run all but the last token of every prompt.

    Parameters
    ----------
    model
        A transformers causal language model.
    prefix
        What comes before every prompt.
    rests
        The tokens of each prompt after the prefix, at least one.
    """
    cache = prefix.expand(len(rests))
    longest = max(len(rest) for rest in rests) - 1
    if longest:
        # Padding on the right: real tokens never see it, and the last token is told not to.
        padded = [list(rest[:-1]) + [0] * (longest - len(rest) + 1) for rest in rests]
        ids = torch.tensor(padded, device=model.device)
        model.base_model(input_ids=ids, past_key_values=cache, use_cache=True)
    lengths = torch.tensor([prefix.length + len(rest) - 1 for rest in rests], device=model.device)
    return Body(cache, lengths, torch.tensor([rest[-1] for rest in rests], device=model.device))


def read_last(model: Any, body: Body, copies: int = 1) -> Tensor:
    """Run the last tokens, `copies` of each side by side; consumes the body's cache.

    Gradients flow if they are enabled where this is called.

    Returns
    -------
    Tensor
        Logits of the next token [row, copy, vocabulary].
    """
    mask = _packed_mask(body, copies, model.dtype)
    return model(  # type: ignore[no-any-return]
        input_ids=body.last[:, None].expand(-1, copies),
        attention_mask=mask,
        position_ids=body.lengths[:, None].expand(-1, copies),
        past_key_values=body.cache,
        use_cache=True,
    ).logits


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
