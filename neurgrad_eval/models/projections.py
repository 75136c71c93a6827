"""Projections: which modules are one, and which of a block's is a down-projection."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from neurgrad_eval.models.devices import execution_device

DOWN_PROJECTIONS = (
    "down_proj",
    "c_proj",
    "fc2",
    "dense_4h_to_h",
    "fc_out",
    "ffn_output",
    "output.dense",
    "Wo",
    "lin2",
    "w2",
    "w_out",
)
_ATTENTION = ("attn", "attention")
_EXACT = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
_TOKENS = 5


def is_projection(module: nn.Module) -> bool:
    """Whether a module has an input and an output width, as Linear, its wrappers and Conv1D do."""
    if isinstance(module, Conv1D):
        return True
    sizes = (getattr(module, name, None) for name in ("in_features", "out_features"))
    return all(isinstance(size, int) for size in sizes)


def shape(module: nn.Module) -> tuple[int, int]:
    """Input and output width of a projection, which the shape of a packed weight does not tell."""
    if isinstance(module, Conv1D):
        rows, columns = module.weight.shape
        return int(rows), int(columns)
    return int(module.in_features), int(module.out_features)  # type: ignore[arg-type]


def compute_dtype(module: nn.Module, default: torch.dtype) -> torch.dtype:
    """Type of what a projection is given: its weight's, or `default` where that is quantised."""
    weight = getattr(module, "weight", None)
    dtype = getattr(weight, "dtype", None)
    return dtype if dtype in _EXACT else default


def named(block: nn.Module, d_model: int) -> list[tuple[str, nn.Module]]:
    """Projections outside attention to the model's width with the name of a down-projection."""
    return [
        (path, module)
        for path, module in _outside_attention(block)
        if is_projection(module)
        and shape(module)[1] == d_model
        and any(path == end or path.endswith("." + end) for end in DOWN_PROJECTIONS)
    ]


def alike(block: nn.Module, d_model: int, dtype: torch.dtype) -> list[tuple[str, nn.Module]]:
    """Down-projections by what their parent is: a feed-forward layer, whatever its names.

    That is a layer of two or three projections and no parameters of its own, one or two of which
    widen the model's width and one narrows it again, and which treats every token by itself.
    """
    return [
        (f"{path}.{name}" if path else name, child)
        for path, parent in _outside_attention(block)
        for name, child in _narrowing(parent, d_model)
        if _by_token(parent, d_model, compute_dtype(child, dtype))
    ]


def is_attention(block: nn.Module, path: str) -> bool:
    """Whether a module of a block is in attention, by name or by the class of what holds it."""
    if any(word in path.lower() for word in _ATTENTION):
        return True
    names = path.split(".") if path else []
    above = [".".join(names[:depth]) for depth in range(1, len(names) + 1)]
    return any(_is_attention_class(type(block.get_submodule(p)).__name__) for p in above)


def _is_attention_class(name: str) -> bool:
    """Whether a class is attention, and not a whole block that has some."""
    return "Attention" in name and not name.endswith(("Layer", "Block"))


def elsewhere(block: nn.Module) -> list[str]:
    """Modules with matrices that are in no attention and in no mixer of tokens.

    A mixer is what holds a convolution or parameters of its own, as state-space layers do.
    """
    mixers = [path for path, module in block.named_modules() if path and _is_mixer(module)]
    return [
        path
        for path, module in _outside_attention(block)
        if any(p.ndim > 1 for p in module.parameters(recurse=False))
        and not any(path == mixer or path.startswith(mixer + ".") for mixer in mixers)
    ]


def _is_mixer(module: nn.Module) -> bool:
    if is_projection(module) or not list(module.children()):
        return False
    own = any(True for _ in module.parameters(recurse=False))
    return own or any(isinstance(child, nn.Conv1d) for child in module.children())


def _outside_attention(block: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    return ((p, m) for p, m in block.named_modules() if not is_attention(block, p))


def _narrowing(parent: nn.Module, d_model: int) -> list[tuple[str, nn.Module]]:
    """The one projection of a parent that takes what others have widened, with its name."""
    children = [(name, child) for name, child in parent.named_children() if is_projection(child)]
    if not 2 <= len(children) <= 3 or any(True for _ in parent.parameters(recurse=False)):
        return []
    wide = {shape(child)[1] for _, child in children if shape(child)[0] == d_model}
    found = [
        (name, child)
        for name, child in children
        if shape(child)[1] == d_model and {shape(child)[0], 2 * shape(child)[0]} & wide
    ]
    return found if len(found) == 1 else []


@torch.no_grad()
def _by_token(layer: nn.Module, d_model: int, dtype: torch.dtype) -> bool:
    """Whether a layer gives each token the same alone and among others."""
    tokens = torch.randn(1, _TOKENS, d_model, generator=torch.Generator().manual_seed(0))
    tokens = tokens.to(execution_device(layer), dtype)
    try:
        together, alone = layer(tokens), layer(tokens[:, :1])
    except (TypeError, RuntimeError, ValueError):  # takes more than one vector per token
        return False
    if not isinstance(together, Tensor) or together.shape != tokens.shape:
        return False
    return torch.allclose(
        together[:, :1], alone, rtol=0.05, atol=0.05 * float(together.abs().max())
    )
