"""Reading a masked language model out at its [MASK] token.

Every token sees every other, so nothing can be cached: copies of a prompt are copies of its whole
sequence, and the neurons are those at the [MASK] position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurgrad_eval.models.devices import input_device


@dataclass(frozen=True)
class MaskedBody:
    """A batch of prompts with one [MASK] each."""

    ids: Tensor
    """Token ids, padded on the right [row, token]."""
    mask: Tensor
    """1 for real tokens, 0 for padding [row, token]."""
    positions: Tensor
    """Where the [MASK] is [row, 1]."""
    packed: bool = False
    """Copies are always rows of a batch."""


def mask_body(model: Any, prompts: Sequence[Sequence[int]], mask_id: int) -> MaskedBody:
    """Pad prompts on the right, where no position before the padding depends on it."""
    device = input_device(model)
    longest = max(map(len, prompts))
    # RoBERTa counts positions over the tokens that are not this one.
    filler = getattr(model.config, "pad_token_id", None) or 0
    ids = [[*prompt, *[filler] * (longest - len(prompt))] for prompt in prompts]
    mask = [[1] * len(prompt) + [0] * (longest - len(prompt)) for prompt in prompts]
    positions = [[list(prompt).index(mask_id)] for prompt in prompts]
    tensors = [torch.tensor(rows, device=device) for rows in (ids, mask, positions)]
    return MaskedBody(tensors[0], tensors[1], tensors[2])


def read_masks(model: Any, body: MaskedBody, copies: int = 1) -> Tensor:
    """Run every prompt `copies` times.

    Returns
    -------
    Tensor
        Logits at the [MASK] [row, copy, vocabulary].
    """
    logits = model(
        input_ids=body.ids.repeat_interleave(copies, dim=0),
        attention_mask=body.mask.repeat_interleave(copies, dim=0),
    ).logits
    rows = torch.arange(len(logits), device=logits.device)
    positions = body.positions[:, 0].repeat_interleave(copies).to(logits.device)
    return logits[rows, positions].reshape(len(body.ids), copies, -1)  # type: ignore[no-any-return]
