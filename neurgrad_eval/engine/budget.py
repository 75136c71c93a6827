"""How many prompts a batch may hold, by the memory that is free and what a prompt needs.

An estimate from above of what a batch holds at its largest:

- the keys and values of its prompts, twice, since they are joined to be read; where copies do not
  share them, once more for each copy;
- one layer's values of the tokens that run without gradients;
- for each copy of the last token (of the whole prompt, where nothing is cached) the values of every
  layer, kept for the backward pass, and the logits;
- the results: gradients of every answer and activations, float32, with what they are made of.

A batch that does not fit all the same is halved (`batching`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psutil
import torch

from neurgrad_eval.models.context import stated
from neurgrad_eval.models.passes import text_config

HOST_PROMPTS = 8
"""At most on a CPU, which larger batches make no faster (`benchmarks/gradients.py`)."""
DEVICE_PROMPTS = 256
"""At most on an accelerator: as many as are ever given at once."""
_SHARE = 0.8  # of the memory that is free: allocators lose some to fragments
_STREAMS = 8  # vectors of the model's width that a layer holds of a token
_HIDDEN = 4  # vectors of its feed-forward width
_LOGITS = 12  # bytes: float32 logits, their logarithms and a gradient


@dataclass(frozen=True)
class Shape:
    """Sizes of a model."""

    layers: int
    width: int
    """Of the residual stream."""
    neurons: int
    """Of all layers."""
    keys: int
    """Keys and values of a token in one layer, in numbers."""
    vocabulary: int
    itemsize: int
    """Bytes of a number that it computes with."""
    read_itemsize: int
    """The same at the position that is read."""

    @classmethod
    def of(cls, model: Any, widths: tuple[int, ...], arithmetic: torch.dtype) -> Shape:
        """Read the sizes of a transformers model off its config.

        Parameters
        ----------
        model
            The model.
        widths
            Neurons of each layer.
        arithmetic
            Type in which the position that is read is computed.
        """
        config = text_config(model)
        heads = _largest(config, "num_attention_heads") or 1
        own = _largest(config, "num_key_value_heads") or heads
        size = _largest(config, "head_dim") or -(-config.hidden_size // heads)
        counts = len(widths), config.hidden_size, sum(widths)
        sizes = model.dtype.itemsize, arithmetic.itemsize
        return cls(*counts, 2 * own * size, config.vocab_size, *sizes)

    def prompt_bytes(
        self, own: int, shared: int, answers: int, *, cached: bool = True, packs: bool = True
    ) -> int:
        """Bytes that a prompt adds to a batch, at most.

        Parameters
        ----------
        own, shared
            Tokens of its own, and those that it shares with all others.
        answers
            Number of answers.
        cached
            Whether all tokens but the last run once, without gradients.
        packs
            Whether copies share keys and values.
        """
        tokens = own + shared
        widest = -(-self.neurons // self.layers)
        of_layer = _STREAMS * self.width + _HIDDEN * widest
        kept = answers * self.layers * of_layer * self.read_itemsize * (1 if cached else tokens)
        logits = answers * _LOGITS * self.vocabulary * (1 if cached else tokens)
        results = self.neurons * 8 * (answers + 1)
        if not cached:
            return kept + logits + results
        of_keys = self.itemsize + self.read_itemsize * (1 if packs else answers)
        keys = tokens * self.layers * self.keys * of_keys
        return keys + own * of_layer * self.itemsize + kept + logits + results


def prompts_that_fit(free: int, prompt_bytes: int, most: int) -> int:
    """Prompts of a batch: a power of two, at least one.

    Parameters
    ----------
    free
        Bytes of memory that are free.
    prompt_bytes
        Bytes that each takes.
    most
        Prompts at most.
    """
    fitting = min(most, int(_SHARE * free) // max(prompt_bytes, 1))
    return 1 << max(fitting.bit_length() - 1, 0)


def free_memory(model: Any) -> tuple[int, int]:
    """Bytes that are free where a model computes, and prompts at most there.

    Of several devices it is the one that has the least.
    """
    devices = {parameter.device for parameter in model.parameters()}
    found = [_free_on(device) for device in devices if device.type == "cuda"]
    if found:
        return min(found), DEVICE_PROMPTS
    return int(psutil.virtual_memory().available), HOST_PROMPTS


def _largest(config: Any, name: str) -> int:
    """A number of a config, or the largest where layers differ; 0 for none."""
    return max(stated(config, [name]), default=0)


def _free_on(device: torch.device) -> int:
    """What the driver has, and what torch holds without using it."""
    held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0]) + held
