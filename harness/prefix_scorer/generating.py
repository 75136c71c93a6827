"""Generation after what all prompts begin with, which is run once.

lm-eval pads a batch on the left. Here the shared beginning comes first, then the padding, then the
rest of each prompt: masked tokens are not seen and count for no position, so nothing changes but
that the beginning's keys and values need not be computed for every row.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicLayer

from neurgrad_eval.engine.agreement import relative
from neurgrad_eval.engine.prefix_cache import (
    PrefixCache,
    common_prefix,
    compute_prefix,
    empty_prefix,
)
from neurgrad_eval.engine.strategies import EQUAL_LENGTHS
from neurgrad_eval.engine.trial import TOLERANCE
from neurgrad_eval.models.devices import input_device
from neurgrad_eval.models.passes import takes
from neurgrad_eval.models.precision import exact_arithmetic

SHORTEST = 16
"""Tokens of a beginning that is worth a pass of its own."""
SETTINGS = frozenset(
    {"attention_mask", "do_sample", "temperature", "top_k", "top_p", "min_p", "repetition_penalty"}
)
"""Arguments of generation that leave a batch its rows: no beams, no other cache."""


@dataclass(frozen=True)
class Batch:
    """Prompts of one width [row, token], and which of the tokens are real."""

    ids: Tensor
    mask: Tensor


@dataclass(frozen=True)
class Beginning:
    """What all prompts begin with."""

    tokens: Tensor
    """[token]"""
    prefix: PrefixCache

    def rearranged(self, batch: Batch) -> Batch | None:
        """Batch whose padding follows the beginning; None where a prompt begins otherwise.

        Parameters
        ----------
        batch
            Prompts, padded on the left.
        """
        length = len(self.tokens)
        order = torch.arange(batch.ids.shape[1], device=batch.ids.device).repeat(len(batch.ids), 1)
        padding = (batch.mask == 0).sum(dim=1, keepdim=True)
        moved = torch.where(order < length, order + padding, order - length)
        order = torch.where(order < length + padding, moved, order)
        if bool((padding + length >= batch.ids.shape[1]).any()):
            return None
        ids, mask = batch.ids.gather(1, order), batch.mask.gather(1, order)
        begins = bool((ids[:, :length] == self.tokens).all())
        return Batch(ids, mask) if begins else None


def find_beginning(model: Any, prompts: Sequence[Sequence[int]]) -> Beginning | None:
    """Run what all prompts begin with; None where it is short or the model keeps no plain cache."""
    if len(prompts) < 2 or getattr(model.generation_config, "cache_implementation", None):
        return None
    length = common_prefix(prompts)
    if length < SHORTEST:
        return None
    tokens = prompts[0][:length]
    prefix = compute_prefix(model, tokens, empty_prefix(model, EQUAL_LENGTHS))
    if any(type(layer) is not DynamicLayer for layer in prefix.cache.layers):
        return None  # windows and recurrent layers count padding
    return Beginning(torch.tensor(tokens, device=input_device(model)), prefix)


def can_continue(settings: Collection[str]) -> bool:
    """Whether generation with these arguments can start from a cache of ours."""
    return SETTINGS.issuperset(settings)


@torch.no_grad()
def agrees(model: Any, beginning: Beginning, batch: Batch, moved: Batch) -> bool:
    """Whether next tokens have the same logits in both orders, in float32 arithmetic.

    Looked at are the rows with the least and with the most padding.
    """
    padding = (batch.mask == 0).sum(dim=1)
    rows = sorted({int(padding.argmin()), int(padding.argmax())})
    pair = (Batch(each.ids[rows], each.mask[rows]) for each in (batch, moved))
    try:
        plain, found = _last_logits(model, beginning, *pair)
    except torch.cuda.OutOfMemoryError:
        raise
    except (TypeError, ValueError, RuntimeError):  # of a model that takes no such cache or mask
        return False
    return relative(found, plain) <= TOLERANCE


def _last_logits(
    model: Any, beginning: Beginning, batch: Batch, moved: Batch
) -> tuple[Tensor, Tensor]:
    """Logits [row, 1, vocabulary] after a batch as it was, and after the one that was moved."""
    names = inspect.signature(type(model).forward).parameters
    last = {"logits_to_keep": 1} if "logits_to_keep" in names else {}
    length = beginning.prefix.length
    with exact_arithmetic(model):
        plain = model(
            input_ids=batch.ids, attention_mask=batch.mask, **_positions(model, batch.mask), **last
        ).logits[:, -1:]
        fresh = compute_prefix(model, beginning.tokens.tolist(), empty_prefix(model, EQUAL_LENGTHS))
        found = model(
            input_ids=moved.ids[:, length:],
            attention_mask=moved.mask,
            **_positions(model, moved.mask, length),
            past_key_values=fresh.expand(len(moved.ids)),
            use_cache=True,
            **last,
        ).logits[:, -1:]
    return plain, found


def _positions(model: Any, mask: Tensor, start: int = 0) -> dict[str, Tensor]:
    """Positions from `start` on, as an argument, for models that do not count them themselves."""
    if not takes(model, "position_ids"):
        return {}
    return {"position_ids": (mask.long().cumsum(dim=1) - 1).clamp(min=0)[:, start:]}
