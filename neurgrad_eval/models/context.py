"""How long a prompt a model can read, and how far its attention sees."""

from __future__ import annotations

from typing import Any

from torch import nn

_WINDOWS = ("sliding_window", "attention_chunk_size", "window_size")


def context_length(model: Any) -> int | None:
    """Longest prompt in tokens; None where the model states none."""
    config = model.config.get_text_config(decoder=True)
    limits = [getattr(config, "max_position_embeddings", None), _table(model)]
    rope = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None)
    if isinstance(rope, dict) and rope.get("rope_type") == "longrope":
        # Beyond this length every token's rotation changes, also of tokens that are cached.
        limits.append(rope.get("original_max_position_embeddings"))
        limits.append(getattr(config, "original_max_position_embeddings", None))
    return min((limit for limit in limits if limit), default=None)


def attention_window(model: Any) -> int | None:
    """Tokens that the narrowest attention of the model sees; None if all see everything."""
    config = model.config.get_text_config(decoder=True)
    windows = [getattr(config, name, None) for name in _WINDOWS]
    return min((w for w in windows if isinstance(w, int) and w > 0), default=None)


def _table(model: Any) -> int | None:
    """Positions of a table that counts from after its padding row, as RoBERTa's does."""
    for name, module in model.named_modules():
        table = isinstance(module, nn.Embedding) and name.endswith("position_embeddings")
        if table and module.padding_idx is not None:
            return int(module.num_embeddings - module.padding_idx - 1)
    return None
