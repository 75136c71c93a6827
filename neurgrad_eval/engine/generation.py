"""Continuing a prompt, with keys and values kept, so that each token is run once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from mceval8k.errors import DataError, UsageError
from mceval8k.prompts.tokens import prompt_tokens
from neurgrad_eval.models.devices import input_device


@torch.no_grad()
def continue_prompt(
    model: Any,
    tokenizer: Any,
    prompt: str,
    *,
    max_new_tokens: int,
    context: int | None,
    options: Mapping[str, Any],
) -> str:
    """Generate the text that follows a prompt; see `NeuronModel.generate`.

    Parameters
    ----------
    model, tokenizer
        A transformers language model that generates, and its tokenizer.
    prompt, max_new_tokens, options
        As for `NeuronModel.generate`.
    context
        Tokens that the model takes; None for no limit.
    """
    if max_new_tokens < 1:
        raise UsageError(f"max_new_tokens is {max_new_tokens}: it must be at least 1")
    encodes = model.config.is_encoder_decoder
    ids = tokenizer(prompt)["input_ids"] if encodes else prompt_tokens(tokenizer, [prompt])[0]
    if not ids:
        raise DataError("the prompt is empty")
    # An encoder-decoder writes a text of its own, which may be as long as the context again.
    longest = max(len(ids), max_new_tokens) if encodes else len(ids) + max_new_tokens
    if context is not None and longest > context:
        raise DataError(
            f"the prompt has {len(ids)} tokens, and {max_new_tokens} may follow: the model's "
            f"context holds {context}"
        )
    given = torch.tensor([ids], device=input_device(model))
    known = (tokenizer.pad_token_id, tokenizer.eos_token_id)
    filler = next((token for token in known if token is not None), None)
    defaults = {"do_sample": False, "use_cache": True, "pad_token_id": filler}
    generated = model.generate(
        given,
        attention_mask=torch.ones_like(given),
        max_new_tokens=max_new_tokens,
        **(defaults | dict(options)),
    )
    new = generated[0] if encodes else generated[0, len(ids) :]
    text: str = tokenizer.decode(new, skip_special_tokens=True)
    return text
