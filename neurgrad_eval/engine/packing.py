"""Whether a model can read several last tokens side by side: tried once, never looked up by name.

Models with relative positions built from the padding mask, with positions taken from it, or with an
attention that ignores 4-D masks cannot. Each model is therefore given two short prompts and several
different last tokens, packed and repeated: only where the logits agree is it packed.
"""

from __future__ import annotations

import math
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from transformers import DynamicCache

from neurgrad_eval.engine.edits import reading
from neurgrad_eval.engine.last_token import Body, read_packed, read_repeated
from neurgrad_eval.models.context import attention_window
from neurgrad_eval.models.devices import input_device

_LENGTHS = (6, 3)
_COPIES = 4
_known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def is_packed(model: Any, cached: int) -> bool:
    """Whether last tokens are read side by side after `cached` tokens.

    A 4-D mask replaces a sliding window's own, so that beyond the window copies are repeated.
    """
    window = attention_window(model)
    return (window is None or cached < window) and can_pack(model)


def can_pack(model: Any) -> bool:
    """Whether packed and repeated last tokens give the same logits; remembered per model."""
    if model not in _known:
        _known[model] = packing_error(model) < _tolerance(model.dtype)
    return _known[model]


def packing_error(model: Any) -> float:
    """Relative difference of packed and repeated logits; infinite where a 4-D mask is refused."""
    repeated = _trial(model, read_repeated)
    try:
        packed = _trial(model, read_packed)
    except torch.cuda.OutOfMemoryError:
        raise
    except Exception:  # whatever a model says to a mask that it does not know
        return math.inf
    scale = (repeated - repeated.mean(-1, keepdim=True)).norm()
    error = float((packed - repeated).norm() / scale)
    return error if math.isfinite(error) else math.inf


@torch.no_grad()
def _trial(model: Any, read: Any) -> Tensor:
    """Logits [row, copy, vocabulary] of different tokens after prompts of different lengths."""
    vocabulary = model.config.get_text_config(decoder=True).vocab_size
    device = input_device(model)
    numbers = torch.arange(len(_LENGTHS) * (max(_LENGTHS) + _COPIES), device=device)
    ids = (numbers * 7 + vocabulary // 3).reshape(len(_LENGTHS), -1) % vocabulary
    cache, longest = DynamicCache(), max(_LENGTHS)
    with reading("beginning"):
        model.base_model(input_ids=ids[:, :longest], past_key_values=cache, use_cache=True)
    body = Body(cache, torch.tensor(_LENGTHS, device=device), ids[:, longest], read is read_packed)
    with reading("last"):
        logits: Tensor = read(model, body, ids[:, longest:])
    return logits.float()


def _tolerance(dtype: torch.dtype) -> float:
    return min(1000 * torch.finfo(dtype).eps, 0.05) if dtype != torch.float64 else 1e-5
