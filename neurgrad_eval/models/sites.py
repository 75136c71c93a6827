"""Where neurons are: the input of each block's feed-forward down-projection.

One rule finds them, without a table of model names: in each block there is exactly one Linear or
Conv1D outside attention whose name is that of a down-projection and that maps the feed-forward
width to the model's. Anything else is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from mceval8k.errors import UsageError
from neurgrad_eval.models.gates import Gate, find_gate

__all__ = ["DOWN_PROJECTIONS", "Gate", "Site", "check_hookable", "find_sites"]

DOWN_PROJECTIONS = (
    "down_proj",
    "c_proj",
    "fc2",
    "dense_4h_to_h",
    "fc_out",
    "output.dense",
    "Wo",
    "lin2",
    "w2",
)
_ATTENTION = ("attn", "attention")
_EXPERTS = ("expert", "moe")


@dataclass(frozen=True)
class Site:
    """The neurons of one block."""

    layer: int
    name: str
    """Name of the down-projection in the model."""
    module: nn.Module
    """The down-projection; its input is the feed-forward hidden vector h."""
    width: int
    """Number of neurons."""
    gate: Gate | None
    """Present where the block is gated."""


def find_sites(model: Any) -> tuple[Site, ...]:
    """Find the down-projection of every block.

    Parameters
    ----------
    model
        A transformers language model, causal or masked.

    Raises
    ------
    UsageError
        The model is compiled, an encoder-decoder, a mixture of experts or run by kernels of the
        Hub, or a block has not exactly one down-projection.
    """
    check_hookable(model)
    config = model.config.get_text_config(decoder=True)
    name, blocks = _blocks(model, config.num_hidden_layers)
    return tuple(
        _site(layer, f"{name}.{layer}", block, config.hidden_size)
        for layer, block in enumerate(blocks)
    )


def check_hookable(model: Any) -> None:
    """Raise UsageError if hooks on the model's modules would be passed by, with the reason."""
    if any(map(_is_compiled, [model, *model.modules()])):
        raise UsageError("compiled models cannot be hooked: give the model that was compiled")
    if model.config.is_encoder_decoder:
        raise UsageError("encoder-decoder models are not supported")
    if getattr(model, "use_kernels", False) or getattr(model, "_use_kernels", False):
        raise UsageError("kernels of the Hub pass hooks by: load the model with use_kernels=False")


def _is_compiled(module: nn.Module) -> bool:
    compiled = getattr(module, "_compiled_call_impl", None)
    return compiled is not None or hasattr(module, "_orig_mod")


def _blocks(model: nn.Module, count: int) -> tuple[str, nn.ModuleList]:
    lists = [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == count
    ]
    if not lists:
        raise UsageError(f"{type(model).__name__} has no list of {count} blocks")
    return min(lists, key=lambda found: found[0].count("."))


def _site(layer: int, name: str, block: nn.Module, d_model: int) -> Site:
    if experts := [n for n, _ in block.named_modules() if any(w in n.lower() for w in _EXPERTS)]:
        raise UsageError(f"mixtures of experts are not supported: {name}.{experts[0]}")
    found = list(_down_projections(block, d_model))
    if len(found) != 1:
        names = ", ".join(path for path, _ in found) or "none"
        raise UsageError(f"{name} must have exactly one down-projection; found: {names}")
    path, module = found[0]
    parent, width = block.get_submodule(path.rpartition(".")[0]), _shape(module)[0]
    return Site(layer, f"{name}.{path}", module, width, find_gate(parent, module, width))


def _down_projections(block: nn.Module, d_model: int) -> Iterator[tuple[str, nn.Module]]:
    for path, module in block.named_modules():
        if not isinstance(module, nn.Linear | Conv1D) or _shape(module)[1] != d_model:
            continue
        named = any(path == end or path.endswith("." + end) for end in DOWN_PROJECTIONS)
        if named and not any(word in path.lower() for word in _ATTENTION):
            yield path, module


def _shape(module: nn.Module) -> tuple[int, int]:
    """Input and output width, from the weight."""
    rows, columns = cast("torch.Tensor", module.weight).shape
    return (rows, columns) if isinstance(module, Conv1D) else (columns, rows)
