"""Computing in float32 what a model's 16-bit weights would compute in 16 bits.

Rounding in 16 bits hides real disagreement: two ways of reading a prompt that differ by 1 % may be
one right and one wrong. Here every operation gets its 16-bit operands as float32, one at a time, so
that no copy of the model is needed; what a backward pass will need of a weight is widened again
then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

SHORT = (torch.bfloat16, torch.float16)
"""Types of 16 bits."""
_PARTS = {
    *("__getitem__", "chunk", "narrow", "select", "split", "unbind"),
    *("embedding", "index_select"),
    *("flatten", "permute", "reshape", "squeeze", "t", "transpose", "unsqueeze", "view"),
}
"""Functions that compute nothing: what they take a part of, such as the weights of all experts, is
not widened as a whole."""


@contextmanager
def exact_arithmetic(model: nn.Module, *, tf32: bool = False) -> Iterator[None]:
    """Compute in float32 inside the `with` block, of 16-bit weights too.

    Parameters
    ----------
    model
        What is computed with; where it holds no 16-bit tensor, operands need not be looked at.
    tf32
        Whether CUDA may round the factors of matrix products to the 11 significant bits of TF32,
        which its tensor cores multiply; sums, and all that lies between products, stay float32.
    """
    precision, cudnn = torch.get_float32_matmul_precision(), torch.backends.cudnn
    on_cuda = any(parameter.is_cuda for parameter in model.parameters())
    torch.set_float32_matmul_precision("high" if tf32 and on_cuda else "highest")
    short = any(held.dtype in SHORT for held in chain(model.parameters(), model.buffers()))
    try:
        with (
            cudnn.flags(cudnn.enabled, cudnn.benchmark, allow_tf32=False),
            _float32() if short else nullcontext(),
        ):
            yield
    finally:
        torch.set_float32_matmul_precision(precision)


@contextmanager
def _float32() -> Iterator[None]:
    mode = _Float32()
    with torch.autograd.graph.saved_tensors_hooks(mode.pack, mode.unpack), mode:
        yield


class _Float32(TorchFunctionMode):
    """Inside the `with` block, 16-bit tensors and dtypes are float32 to every torch function."""

    def __init__(self) -> None:
        super().__init__()
        self._weights: dict[int, Tensor] = {}  # of the function that runs: address to 16 bits

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call `func` with its 16-bit operands widened."""
        name, options = getattr(func, "__name__", ""), dict(kwargs or {})
        if name in _PARTS:
            return func(*args, **options)
        if name == "__get__":  # an attribute such as shape: nothing to compute
            value = func(*args, **options)
            return self._widen(value) if isinstance(value, torch.dtype) else value
        changed = 1 if _is_in_place(name) else 0
        widened, further = self._widen(tuple(args[changed:])), self._widen(options)
        try:
            return func(*args[:changed], *widened, **further)
        finally:
            self._weights.clear()

    def pack(self, saved: Tensor) -> Any:
        """Keep a weight in 16 bits, with the layout in which its widened copy was saved."""
        weight = self._weights.get(saved.data_ptr())
        if weight is None or saved.numel() != weight.numel():
            return saved
        return weight, saved.shape, saved.stride(), saved.storage_offset()

    def unpack(self, packed: Any) -> Tensor:
        """Give what `pack` was given."""
        if isinstance(packed, Tensor):
            return packed
        weight, *layout = packed
        return weight.float().as_strided(*layout)  # type: ignore[no-any-return]

    def _widen(self, value: Any) -> Any:
        """Widen tensors and dtypes, also within lists, tuples and dictionaries of them."""
        if isinstance(value, Tensor):
            if value.dtype not in SHORT:
                return value
            widened = value.float()
            if isinstance(value, nn.Parameter) or isinstance(value._base, nn.Parameter):
                self._weights[widened.data_ptr()] = value
            return widened
        if isinstance(value, torch.dtype):
            return torch.float32 if value in SHORT else value
        if type(value) is dict:
            return {name: self._widen(own) for name, own in value.items()}
        if type(value) in (list, tuple):
            return type(value)(map(self._widen, value))
        return value


def _is_in_place(name: str) -> bool:
    return name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))
