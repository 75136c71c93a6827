"""Reading a causal model out at the last token, with all that comes before it cached.

Only the last position's neurons can change what is predicted there, and they change nothing
else. So the tokens that all prompts begin with run once; the rest of each prompt but its last token
runs once per batch, without gradients; and only the last token is computed as often as it is
needed, several copies at a time, each of which sees the prompt and itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from neurgrad_eval.engine.edits import reading
from neurgrad_eval.engine.last_token import Body, read_packed, read_repeated
from neurgrad_eval.engine.packing import is_packed
from neurgrad_eval.models.devices import input_device

__all__ = ["Body", "PrefixCache", "common_prefix", "compute_prefix", "read_last", "run_body"]

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
def compute_prefix(model: Any, tokens: Tokens, before: PrefixCache | None = None) -> PrefixCache:
    """Run `tokens` once, after what `before` holds, and keep the keys and values of both."""
    start = before or PrefixCache(0, ())
    if not tokens:
        return start
    cache = start.expand(1)
    ids = torch.tensor([list(tokens)], device=input_device(model))
    with reading("beginning"):
        model.base_model(input_ids=ids, past_key_values=cache, use_cache=True)
    filled: Any = cache.layers
    layers = tuple((layer.keys, layer.values) for layer in filled)
    return PrefixCache(start.length + len(tokens), layers)


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
    cache, device = prefix.expand(len(rests)), input_device(model)
    longest = max(len(rest) for rest in rests) - 1
    if longest:
        # Padding on the right: real tokens never see it, and the last token is told not to.
        padded = [list(rest[:-1]) + [0] * (longest - len(rest) + 1) for rest in rests]
        ids = torch.tensor(padded, device=device)
        with reading("beginning"):
            model.base_model(input_ids=ids, past_key_values=cache, use_cache=True)
    lengths = torch.tensor([prefix.length + len(rest) - 1 for rest in rests], device=device)
    last = torch.tensor([rest[-1] for rest in rests], device=device)
    packed = is_packed(model, prefix.length + longest)
    return Body(cache, lengths, last, packed, shared=prefix.length)


def read_last(model: Any, body: Body, copies: int = 1) -> Tensor:
    """Run the last tokens, `copies` of each; consumes the body's cache.

    The copies lie side by side where the model allows it, else in a batch (`packing`). Gradients
    flow if they are enabled where this is called.

    Returns
    -------
    Tensor
        Logits of the next token [row, copy, vocabulary].
    """
    tokens = body.last[:, None].expand(-1, copies)
    read = read_packed if body.packed else read_repeated
    with reading("last"):
        return read(model, body, tokens)
