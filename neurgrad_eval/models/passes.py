"""What a model's forward pass takes, also behind wrappers such as adapters."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from transformers import DynamicCache, PreTrainedModel


def transformer(model: Any) -> Any:
    """Find the transformers model itself, of which `model` may be a wrapper."""
    inner = (module for module in model.modules() if isinstance(module, PreTrainedModel))
    return next(inner, model)


def backbone(model: Any) -> Any:
    """Find the part of a model that comes before its output layer."""
    inner = transformer(model)
    return getattr(inner, "base_model", inner)


def decoder_embeddings(model: Any) -> Any:
    """Embeddings of the tokens that run through the blocks whose neurons are read."""
    if not model.config.is_encoder_decoder:
        return model.get_input_embeddings()
    decoder = transformer(model).get_decoder()
    if hasattr(decoder, "get_input_embeddings"):
        return decoder.get_input_embeddings()
    return decoder.embed_tokens  # FSMT's is a plain module


def takes(model: Any, argument: str) -> bool:
    """Whether the forward pass names an argument; what it would merely swallow does not count."""
    return argument in inspect.signature(type(transformer(model)).forward).parameters


def text_config(model: Any) -> Any:
    """Config of the model that reads the text."""
    return model.config.get_text_config(decoder=True)


def prompt_config(model: Any) -> Any:
    """Config of the part of a model that reads the prompt: the encoder's, where there is one."""
    config = model.config
    if not config.is_encoder_decoder:
        return text_config(model)
    return getattr(config, "encoder", config).get_text_config(encoder=True)


def filler(model: Any) -> int:
    """Token id of padding, which RoBERTa and its like tell from other tokens to count positions."""
    return getattr(text_config(model), "pad_token_id", None) or 0


def special_tokens(config: Any) -> frozenset[int]:
    """Token ids that a config gives a meaning of their own, such as an image's place."""
    return frozenset(_special(config.to_dict()))


def _special(fields: dict[str, Any]) -> Iterator[int]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _special(value)
        elif str(name).endswith(("token_id", "token_index")):
            given = value if isinstance(value, list) else [value]
            yield from (token for token in given if isinstance(token, int))


def new_cache(model: Any) -> DynamicCache:
    """Start a cache with the kinds of layers that the model has, recurrent ones included."""
    return DynamicCache(config=text_config(model))
