"""Where neurons are: what enters the down-projections of each block's feed-forward layers.

One rule finds them, without a table of model names. A projection is whatever has an input and an
output width, so that wrapped (PEFT) and quantised ones count. In each block it is the one outside
attention that bears the name of a down-projection and maps to the model's width; where none does,
the one whose parent is a feed-forward layer by what it does: a projection up and one down, each
token by itself. A mixture of experts has its fused experts (`experts`) and shared ones beside them.
A block that has no feed-forward layer has no neurons. Anything else is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from torch import nn

from mceval8k.errors import UsageError
from neurgrad_eval.models.experts import Experts, find_experts
from neurgrad_eval.models.gates import Gate, find_gate
from neurgrad_eval.models.passes import transformer
from neurgrad_eval.models.projections import alike, elsewhere, is_attention, named, shape
from neurgrad_eval.neurons import ExpertMap, ExpertRange

__all__ = ["Gate", "Site", "check_hookable", "expert_map", "find_sites", "widths"]


@dataclass(frozen=True)
class Site:
    """Neurons of one block that enter the same module; most blocks have one site."""

    layer: int
    name: str
    """Name of the module in the model."""
    module: nn.Module
    """The down-projection, whose input is the feed-forward hidden vector h; the module that runs
    all routed experts; the whole block where it has no neurons."""
    width: int
    """Number of neurons."""
    gate: Gate | None
    """Present where the block is gated."""
    experts: Experts | None = None
    """Present for routed experts, whose neurons are numbered expert after expert."""
    start: int = 0
    """Number of the site's first neuron within the layer."""


def find_sites(model: Any) -> tuple[Site, ...]:
    """Find the neurons of every block.

    Parameters
    ----------
    model
        A transformers language model, causal or masked.

    Returns
    -------
    tuple of Site
        By layer; a block without neurons has a site of width 0.

    Raises
    ------
    UsageError
        The model is an encoder-decoder or run by kernels of the Hub, it has no
        feed-forward blocks, or a block holds experts or projections that cannot be told apart.
    """
    check_hookable(model)
    config = model.config.get_text_config(decoder=True)
    others = (getattr(config, name, None) for name in ("num_layers", "decoder_layers"))
    counts = (config.num_hidden_layers, *others)
    name, blocks = _blocks(model, counts)
    sites = [
        site
        for layer, block in enumerate(blocks)
        for site in _sites(layer, f"{name}.{layer}", block, config.hidden_size, model)
    ]
    if not any(site.width for site in sites):
        raise UsageError(
            f"{type(model).__name__} has no feed-forward block: no projection outside attention "
            f"maps to its width of {config.hidden_size}, neither by its name nor by what it does"
        )
    return tuple(sites)


def widths(sites: Sequence[Site]) -> tuple[int, ...]:
    """Neurons per layer."""
    found = [0] * (sites[-1].layer + 1)
    for site in sites:
        found[site.layer] += site.width
    return tuple(found)


def expert_map(sites: Sequence[Site]) -> ExpertMap:
    """Which neurons belong to which routed expert."""
    found = [(site, site.experts.weights) for site in sites if site.experts is not None]
    return ExpertMap(tuple(ExpertRange(s.layer, s.start, w.count, w.size) for s, w in found))


def check_hookable(model: Any) -> None:
    """Raise UsageError if hooks on the model's modules would be passed by, with the reason."""
    if model.config.is_encoder_decoder:
        raise UsageError("encoder-decoder models are not supported")
    if getattr(model, "use_kernels", False) or getattr(model, "_use_kernels", False):
        raise UsageError("kernels of the Hub pass hooks by: load the model with use_kernels=False")


def _blocks(model: nn.Module, counts: Sequence[int | None]) -> tuple[str, nn.ModuleList]:
    """The outermost list with as many blocks as the config states, by its first number or next.

    Of several, that of the decoder: a tower that sees images may have as many blocks as the text's.
    """
    lists = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.ModuleList)]
    text = set(transformer(model).get_decoder().modules())
    for count in counts:
        if fitting := [(name, module) for name, module in lists if len(module) == count]:
            return min(fitting, key=lambda found: (found[1] not in text, found[0].count(".")))
    raise UsageError(
        f"{type(model).__name__} has no list of {counts[0]} blocks, one for each layer: blocks "
        "that share their weights or stand outside a list are not supported"
    )


def _sites(layer: int, name: str, block: nn.Module, d_model: int, model: Any) -> Iterator[Site]:
    """Sites of one block, numbered one after the other."""
    experts = dict(_experts(block))
    dense = named(block, d_model)
    dense = dense or alike(block, d_model, model.dtype)
    _check_experts(name, block, experts, [path for path, _ in dense])
    if len(dense) > 1 and not experts:
        paths = ", ".join(path for path, _ in dense)
        raise UsageError(f"{name} must have one down-projection; found: {paths}")
    if not dense and not experts:
        if left := elsewhere(block):
            raise UsageError(f"{name} has no down-projection: nothing is known of {left[0]}")
        yield Site(layer, name, block, 0, None)
    start = 0
    for path, found in experts.items():
        yield Site(layer, f"{name}.{path}", found.module, found.width, found.gate, found, start)
        start += found.width
    for path, module in dense:
        parent, width = block.get_submodule(path.rpartition(".")[0]), shape(module)[0]
        gate = find_gate(parent, module, width, model.dtype)
        yield Site(layer, f"{name}.{path}", module, width, gate, None, start)
        start += width


def _experts(block: nn.Module) -> Iterator[tuple[str, Experts]]:
    for path, module in block.named_modules():
        if not is_attention(block, path) and (found := find_experts(module)) is not None:
            yield path, found


def _check_experts(
    name: str, block: nn.Module, experts: Mapping[str, Experts], dense: Sequence[str]
) -> None:
    """Refuse a block with experts that neither are fused ones nor hold a down-projection."""
    shared = [path.rpartition(".")[0] for path in dense if not _is_one_of_many(path)]
    for path, module in block.named_modules():
        words = f"{path.lower()}.{type(module).__name__.lower()}"
        is_expert = "expert" in words and any(True for _ in module.parameters(recurse=False))
        if not is_expert or is_attention(block, path) or _is_router(path):
            continue
        if not any(path == at or path.startswith(at + ".") for at in [*experts, *shared]):
            dtype = str(next(module.parameters()).dtype).removeprefix("torch.")
            kind = f"{type(module).__name__}, {dtype}"
            raise UsageError(f"experts of this kind are not supported: {name}.{path} ({kind})")


def _is_one_of_many(path: str) -> bool:
    """Whether a module belongs to one expert of a list of them."""
    words = path.split(".")
    return any("expert" in a and b.isdigit() for a, b in pairwise(words))


def _is_router(path: str) -> bool:
    """Whether a module weighs experts."""
    return any(word.endswith(("gate", "router")) for word in path.lower().split("."))
