"""Reading a causal model out at the last token, with all that comes before it cached.

The tokens that all prompts begin with run once; the rest of each prompt but its last token runs
once per batch, without gradients; and only the last token is computed as often as it is needed,
several copies at a time, each of which sees the prompt and itself (`last_token`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from neurgrad_eval.engine.caches import select_rows
from neurgrad_eval.engine.edits import reading
from neurgrad_eval.engine.last_token import Body, read_continued, read_packed, read_repeated
from neurgrad_eval.engine.strategies import Strategy
from neurgrad_eval.models.devices import input_device
from neurgrad_eval.models.passes import backbone, filler, new_cache

__all__ = [
    "Body",
    "PrefixCache",
    "common_prefix",
    "compute_prefix",
    "empty_prefix",
    "read_last",
    "run_body",
]

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
    """What a model remembers of tokens that come before every prompt's own; never changed."""

    length: int
    """Tokens."""
    cache: DynamicCache
    """Of one row."""
    strategy: Strategy
    """How prompts that begin so are run."""

    def expand(self, rows: int) -> DynamicCache:
        """Start a cache for a batch of `rows` prompts."""
        first = next(iter(self.cache.layers), None)
        device = getattr(first, "device", None)
        copied: DynamicCache = select_rows(
            self.cache, torch.zeros(rows, dtype=torch.long, device=device)
        )
        return copied


def empty_prefix(model: Any, strategy: Strategy) -> PrefixCache:
    """Cache of no tokens: of all keys and values where rows will be moved in it (`read_repeated`).

    Where they will not, it is made from the model's config, for windows and recurrent layers.
    """
    return PrefixCache(0, DynamicCache() if strategy.pads else new_cache(model), strategy)


@torch.no_grad()
def compute_prefix(model: Any, tokens: Tokens, before: PrefixCache) -> PrefixCache:
    """Run `tokens` once, after what `before` holds, and keep what is remembered of both."""
    if not tokens:
        return before
    cache = before.expand(1)
    ids = torch.tensor([list(tokens)], device=input_device(model))
    with reading("beginning"):
        backbone(model)(input_ids=ids, past_key_values=cache, use_cache=True)
    return replace(before, length=before.length + len(tokens), cache=cache)


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
        The tokens of each prompt after the prefix, at least one; of one length where the strategy
        does not pad.
    """
    cache, device = prefix.expand(len(rests)), input_device(model)
    longest = max(len(rest) for rest in rests) - 1
    if longest:
        # Padding on the right: real tokens never see it, and it is masked for the last token.
        padding = filler(model)
        padded = [[*rest[:-1], *[padding] * (longest - len(rest) + 1)] for rest in rests]
        ids = torch.tensor(padded, device=device)
        with reading("beginning"):
            backbone(model)(input_ids=ids, past_key_values=cache, use_cache=True)
    lengths = torch.tensor([prefix.length + len(rest) - 1 for rest in rests], device=device)
    last = torch.tensor([rest[-1] for rest in rests], device=device)
    return Body(cache, lengths, last, prefix.strategy, shared=prefix.length)


def read_last(model: Any, body: Body, copies: int = 1) -> Tensor:
    """Run the last tokens, `copies` of each; consumes the body's cache.

    Gradients flow if they are enabled where this is called.

    Returns
    -------
    Tensor
        Logits of the next token [row, copy, vocabulary].
    """
    tokens = body.last[:, None].expand(-1, copies)
    with reading("last"):
        if body.strategy.packs:
            return read_packed(model, body, tokens)
        if body.strategy.pads:
            return read_repeated(model, body, tokens)
        return read_continued(model, body, tokens)
