"""One way to prepare prompts and to read them out, for causal and masked language models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from neurgrad_eval.engine.last_token import Body
from neurgrad_eval.engine.masked import MaskedBody, mask_body, read_masks
from neurgrad_eval.engine.prefix_cache import common_prefix, compute_prefix, read_last, run_body


def body_maker(
    model: Any, prompts: Sequence[Sequence[int]], mask_id: int | None
) -> Callable[[Sequence[int]], Body | MaskedBody]:
    """Prepare prompts of which batches will be read.

    Parameters
    ----------
    model
        A transformers language model.
    prompts
        Token ids; what a causal model's prompts share is run here, once.
    mask_id
        Token id of [MASK] for a masked language model, None for a causal one.

    Returns
    -------
    Callable
        Makes the body of the prompts with the given indices.
    """
    if mask_id is not None:
        return lambda indices: mask_body(model, [prompts[i] for i in indices], mask_id)
    shared = common_prefix(prompts)
    prefix = compute_prefix(model, prompts[0][:shared])
    return lambda indices: run_body(model, prefix, [prompts[i][shared:] for i in indices])


def read(model: Any, body: Body | MaskedBody, copies: int = 1) -> Tensor:
    """Logits [row, copy, vocabulary] where the answer is predicted; a causal body is consumed."""
    if isinstance(body, MaskedBody):
        return read_masks(model, body, copies)
    return read_last(model, body, copies)
