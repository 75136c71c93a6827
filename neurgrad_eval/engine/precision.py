"""Computing in float32 what a model's 16-bit weights would compute in 16 bits.

Rounding in 16 bits hides real disagreement: two ways of reading a prompt that differ by 1 % may be
one right and one wrong. Here every operation gets its 16-bit operands as float32, one at a time, so
that no copy of the model is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

_SHORT = (torch.bfloat16, torch.float16)


@contextmanager
def exact_arithmetic() -> Iterator[None]:
    """Compute in float32 inside the `with` block, of 16-bit weights too, and without TF32."""
    precision, cudnn = torch.get_float32_matmul_precision(), torch.backends.cudnn
    torch.set_float32_matmul_precision("highest")
    try:
        with cudnn.flags(cudnn.enabled, cudnn.benchmark, allow_tf32=False), _Float32():
            yield
    finally:
        torch.set_float32_matmul_precision(precision)


class _Float32(TorchFunctionMode):
    """Inside the `with` block, 16-bit tensors and dtypes are float32 to every torch function."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call `func` with its 16-bit operands widened."""
        name, options = getattr(func, "__name__", ""), dict(kwargs or {})
        if name == "__get__":  # an attribute such as shape: nothing to compute
            value = func(*args, **options)
            return _widen(value) if isinstance(value, torch.dtype) else value
        changed = 1 if _is_in_place(name) else 0
        widened = tree_map(_widen, tuple(args[changed:]))
        return func(*args[:changed], *widened, **tree_map(_widen, options))


def _is_in_place(name: str) -> bool:
    return name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))


def _widen(value: Any) -> Any:
    if isinstance(value, torch.dtype):
        return torch.float32 if value in _SHORT else value
    if isinstance(value, Tensor) and value.dtype in _SHORT:
        return value.float()
    return value
