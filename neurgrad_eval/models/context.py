"""How long a prompt a model can read, and how far its attention sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from neurgrad_eval.models.passes import new_cache, prompt_config, text_config

_WINDOWS = ("sliding_window", "attention_chunk_size", "window_size")
_LIMITS = ("max_position_embeddings", "max_encoder_position_embeddings")
# Beyond these lengths attention is sparse, or a scan works in several chunks.
_CHUNKS = ("index_topk", "local_attention", "chunk_size", "mamba_chunk_size")
_ENCODER = ("attention_window", "local_radius", "global_block_size", "block_size")
_RECURRENT_CHUNK = 64  # of linear attention, which no config states


def context_length(model: Any) -> int | None:
    """Longest prompt in tokens; None where the model states none."""
    config = prompt_config(model)
    limits = [*(getattr(config, name, None) for name in _LIMITS), _table(model)]
    if getattr(config, "attention_type", None) == "block_sparse":
        # Once it has run a shorter prompt, such a model attends fully to every later one.
        limits.append((5 + 2 * config.num_random_blocks) * config.block_size)
    rope = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None)
    if isinstance(rope, dict) and rope.get("rope_type") == "longrope":
        # Beyond this length every token's rotation changes, also of tokens that are cached.
        limits.append(rope.get("original_max_position_embeddings"))
        limits.append(getattr(config, "original_max_position_embeddings", None))
    return min((limit for limit in limits if limit and limit > 0), default=None)


def stated(config: Any, names: Sequence[str]) -> set[int]:
    """Whole numbers that a config states, of any of its layers where they differ by layer."""
    differing = getattr(config, "per_layer_attributes", None) or ()
    alike = [getattr(config, name, None) for name in names if name not in differing]
    layers = config.per_layer_config if differing else ()
    own = [getattr(one, name, None) for one in layers for name in names if name in differing]
    flat = (one for value in (*alike, *own) for one in _several(value))
    return {value for value in flat if isinstance(value, int)}


def attention_window(model: Any) -> int | None:
    """Tokens that the narrowest attention of the model sees; None if all see everything."""
    windows = stated(text_config(model), _WINDOWS)
    return min((w for w in windows if w > 0), default=None)


def horizons(model: Any) -> list[int]:
    """Lengths in tokens beyond which a model computes in another way, ascending."""
    if model.config.is_encoder_decoder:
        sizes = stated(prompt_config(model), (*_WINDOWS, *_ENCODER))
        return sorted(size for size in sizes if size > 1)
    sizes = stated(text_config(model), (*_WINDOWS, *_CHUNKS))
    if any(hasattr(layer, "recurrent_states") for layer in new_cache(model).layers):
        sizes.add(_RECURRENT_CHUNK)
    return sorted(size for size in sizes if size > 1)


def _several(value: Any) -> Sequence[Any]:
    """What a config states for all layers, or for each in a list."""
    return value if isinstance(value, list | tuple) else [value]


def _table(model: Any) -> int | None:
    """Positions of a table that counts from after its padding row, as RoBERTa's does."""
    for name, module in model.named_modules():
        table = isinstance(module, nn.Embedding) and name.endswith("position_embeddings")
        if table and module.padding_idx is not None:
            return int(module.num_embeddings - module.padding_idx - 1)
    return None
