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
from neurgrad_eval.models.projections import (
    alike,
    elsewhere,
    is_attention,
    is_projection,
    named,
    shape,
)
from neurgrad_eval.neurons import ExpertMap, ExpertRange

__all__ = ["Gate", "Site", "check_hookable", "expert_map", "find_sites", "widths"]

_COUNTS = ("num_hidden_layers", "num_layers", "decoder_layers")


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
        A transformers language model; of an encoder-decoder, the decoder's blocks are meant.

    Returns
    -------
    tuple of Site
        By layer; a block without neurons has a site of width 0.

    Raises
    ------
    UsageError
        The model is run by kernels of the Hub, it has no feed-forward blocks, or a block holds
        experts or projections that cannot be distinguished.
    """
    check_hookable(model)
    config, name = model.config.get_text_config(decoder=True), type(transformer(model)).__name__
    # T5's count of layers is the encoder's.
    names = ("num_decoder_layers", *_COUNTS) if model.config.is_encoder_decoder else _COUNTS
    counts = [count for name in names if (count := getattr(config, name, None))]
    width = getattr(config, "hidden_size", None)
    if not counts or not isinstance(width, int):
        raise UsageError(
            f"{name} is not a stack of transformer blocks of one width: its config has no "
            "num_hidden_layers or no hidden_size, so there are no neurons to read by layer"
        )
    path, blocks = _blocks(model, counts, width)
    sites = [
        site
        for layer, (number, block) in enumerate(blocks)
        for site in _sites(layer, f"{path}.{number}", block, width, model)
    ]
    if not any(site.width for site in sites):
        raise UsageError(
            f"{name} has no feed-forward block: no projection outside attention maps to its width "
            f"of {width}, neither by its name nor by what it does"
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
    """Raise UsageError if hooks or tokens would be passed by, with the reason."""
    if getattr(model, "use_kernels", False) or getattr(model, "_use_kernels", False):
        raise UsageError("kernels of the Hub pass hooks by: load the model with use_kernels=False")
    if getattr(model.config, "moe_eval_capacity_token_fraction", 1) < 1:
        raise UsageError(
            "its experts pass tokens by once they are full, so that what a prompt gives depends on "
            "its batch: set moe_eval_capacity_token_fraction to 1"
        )


def _blocks(
    model: Any, counts: Sequence[int], width: int
) -> tuple[str, list[tuple[int, nn.Module]]]:
    """The outermost list with as many blocks as the config states, by its first number or next.

    Of several, that of the decoder, since a tower that sees images may have as many blocks as the
    text's, and that with down-projections, where feed-forward layers are listed beside attention.
    A single block that shares its weights with all layers is each of them; it is checked in a pass
    that it runs so often (`intervention`).

    Returns
    -------
    str, list
        Name of the list, and of each layer the block's number in it and the block.
    """
    lists = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.ModuleList)]
    text = set(transformer(model).get_decoder().modules())
    if model.config.is_encoder_decoder:
        lists = [(name, module) for name, module in lists if module in text]

    def order(found: tuple[str, nn.ModuleList]) -> tuple[bool, bool, int]:
        name, blocks = found
        empty = not any(named(block, width) for block in blocks)
        return blocks not in text, empty, name.count(".")

    for count in counts:
        if fitting := [(name, module) for name, module in lists if len(module) == count]:
            name, blocks = min(fitting, key=order)
            return name, list(enumerate(blocks))
    single = [(n, m) for n, m in lists if len(m) == 1 and not any(map(str.isdigit, n.split(".")))]
    if single and named(single[0][1][0], width):
        name, blocks = single[0]
        return name, [(0, blocks[0])] * counts[0]
    raise UsageError(
        f"{type(transformer(model)).__name__} has no list of {counts[0]} blocks, one "
        "for each layer: several blocks that take turns, or that stand in several lists or outside "
        "a list, are not supported"
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
            raise UsageError(_unknown(name, block, d_model, left))
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


def _unknown(name: str, block: nn.Module, d_model: int, left: Sequence[str]) -> str:
    """Why a block is refused that has matrices, but none that is a down-projection."""
    first = block.get_submodule(left[0])
    sizes = " of {} to {}".format(*shape(first)) if is_projection(first) else ""
    others = f" and {len(left) - 1} more" if len(left) > 1 else ""
    return (
        f"{name} has no projection to the model's width of {d_model} that is a feed-forward "
        f"layer's: nothing is known of {left[0]}{sizes}{others}"
    )


def _experts(block: nn.Module) -> Iterator[tuple[str, Experts]]:
    for path, module in block.named_modules():
        if not is_attention(block, path) and (found := find_experts(module)) is not None:
            yield path, found


def _check_experts(
    name: str, block: nn.Module, experts: Mapping[str, Experts], dense: Sequence[str]
) -> None:
    """Refuse a block with experts that neither are fused ones nor hold a down-projection."""
    shared = [path.rpartition(".")[0] for path in dense if not _is_one_of_many(path)]
    # Adapters of fused weights stand around the experts as their `base_layer`.
    known = [path.partition(".base_layer")[0] for path in experts] + shared
    for path, module in block.named_modules():
        words = f"{path.lower()}.{type(module).__name__.lower()}"
        is_expert = "expert" in words and any(True for _ in module.parameters(recurse=False))
        if not is_expert or is_attention(block, path) or _is_router(path):
            continue
        if not any(path == at or path.startswith(at + ".") for at in known):
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
