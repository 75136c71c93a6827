"""Reading a model out at one position of whole prompts, with nothing cached.

A masked language model is read at its [MASK], where every token sees every other; a causal one at
its last token, where no cache of it agrees with a plain forward pass. Copies of a prompt are copies
of its whole sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from neurgrad_eval.models.answer_position import AnswerPosition
from neurgrad_eval.models.devices import input_device
from neurgrad_eval.models.passes import filler, takes


@dataclass(frozen=True)
class WholeBody:
    """A batch of whole prompts."""

    ids: Tensor
    """Token ids, padded on the right [row, token]."""
    mask: Tensor | None
    """1 for real tokens, 0 for padding [row, token]; None where the model is given no mask."""
    positions: Tensor
    """Where each is read, from its end where negative [row, 1]."""


def whole_body(
    model: Any, prompts: Sequence[Sequence[int]], answer_at: AnswerPosition
) -> WholeBody:
    """Put prompts into a batch, padded on the right where they are not of one length.

    Parameters
    ----------
    model
        A transformers language model.
    prompts
        Token ids.
    answer_at
        At the last token, or at the [MASK] that each prompt holds once.
    """
    ids, mask = padded(model, prompts)
    # The last token is the last also where a wrapper puts others before the prompt.
    positions = [[answer_at.among(prompt)] for prompt in prompts]
    masks = answer_at.mask_id is not None and takes(model, "attention_mask")
    return WholeBody(ids, mask if masks else None, torch.tensor(positions, device=ids.device))


def padded(model: Any, prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids padded on the right [row, token], and 1 for real tokens, 0 for padding."""
    rows = [torch.tensor(prompt, device=input_device(model)) for prompt in prompts]
    ids = pad_sequence(rows, batch_first=True, padding_value=filler(model))
    return ids, pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)


def read_whole(model: Any, body: WholeBody, copies: int = 1) -> Tensor:
    """Run every prompt `copies` times.

    Returns
    -------
    Tensor
        Logits where each prompt is read [row, copy, vocabulary].
    """
    inputs: dict[str, Any] = {"input_ids": body.ids.repeat_interleave(copies, dim=0)}
    if body.mask is not None:
        inputs["attention_mask"] = body.mask.repeat_interleave(copies, dim=0)
    if takes(model, "use_cache"):
        inputs["use_cache"] = False
    logits = model(**inputs).logits
    rows = torch.arange(len(logits), device=logits.device)
    positions = body.positions[:, 0].repeat_interleave(copies).to(logits.device)
    return logits[rows, positions].reshape(len(body.ids), copies, -1)  # type: ignore[no-any-return]
