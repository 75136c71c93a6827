"""Made-up prompts on which strategies are tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from mceval8k.errors import UsageError
from neurgrad_eval.models.context import context_length
from neurgrad_eval.models.passes import special_tokens, text_config

_LENGTH = 14
_OWN = 4  # few enough that rows are also read side by side (`last_token`)


def trial_prompts(
    model: Any,
    horizons: Sequence[int],
    level: int,
    mask_id: int | None,
    *,
    both_ways: bool = False,
) -> list[list[int]]:
    """Three prompts with a shared beginning, two of them of one length.

    Parameters
    ----------
    model
        A transformers language model.
    horizons
        Lengths in tokens beyond which it computes otherwise, ascending.
    level
        Which of them the prompts are longer than; 0 for none.
    mask_id
        Token id of the [MASK] that each prompt holds; None where there is none.
    both_ways
        Whether tokens see later ones. Padding is then longer than a window, so that some of it sees
        nothing but padding.
    """
    limits = [limit for limit in horizons if limit > level]
    if (context := context_length(model)) is not None:
        limits.append(context)
    # A quarter beyond a window, so that what lies outside it is no small part of what is seen.
    length = min([level + level // 4 + _LENGTH, *limits])
    if length <= _OWN:
        raise UsageError(f"the model takes only {length} tokens")
    tokens = iter(_tokens(model, length + 2 * _OWN))
    shared = [next(tokens) for _ in range(length - _OWN)]
    prompts = [shared + [next(tokens) for _ in range(own)] for own in (_OWN, _OWN - 2, _OWN)]
    if both_ways:
        del prompts[1][max(_OWN, length - level - 1) :]
    if mask_id is not None:
        for row, prompt in enumerate(prompts):
            prompt[len(prompt) - 2 - row] = mask_id
    return prompts


def _tokens(model: Any, count: int) -> list[int]:
    """Draw token ids without a meaning of their own, the same each time; no two in a row equal."""
    special = special_tokens(model.config)
    usual = [t for t in range(min(text_config(model).vocab_size, 10_000)) if t not in special]
    if not usual:
        raise UsageError("the model's vocabulary holds no usual token")
    order = torch.randperm(len(usual), generator=torch.Generator().manual_seed(0)).tolist()
    return [usual[order[i % len(order)]] for i in range(count)]
