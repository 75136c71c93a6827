"""Batches of prompts that fit: by number, by tokens, and by what memory turns out to hold."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from mceval8k.errors import UsageError

Result = TypeVar("Result")
_OUT_OF_MEMORY: type[Exception] = getattr(
    torch, "OutOfMemoryError", torch.cuda.OutOfMemoryError
)  # torch 2.4 has only the latter


def run_in_batches(
    lengths: Sequence[int],
    compute: Callable[[list[int]], Result],
    *,
    batch_size: int | Callable[[int], int],
    max_tokens: int | None = None,
    equal_lengths: bool = False,
) -> Iterator[tuple[list[int], Result]]:
    """Compute batch by batch, longest prompts first; a batch that memory does not hold is halved.

    Parameters
    ----------
    lengths
        Tokens of each prompt.
    compute
        Called with indices into `lengths`.
    batch_size
        Prompts per batch, at most, or a function that says so of a batch whose longest prompt has
        that many tokens. Once halved it stays so.
    max_tokens
        Tokens per batch with padding, at most; a longer prompt is alone. None for no limit.
    equal_lengths
        Whether the prompts of a batch must have one length.

    Yields
    ------
    list of int, Result
        The indices of each batch, and what was computed of them.

    Raises
    ------
    UsageError
        A limit is below 1, or memory does not hold a single prompt.
    """
    fixed = None if callable(batch_size) else batch_size
    _check_limits(batch_size=fixed, max_tokens=max_tokens)
    most = len(lengths)
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    start = 0
    while start < len(order):
        longest = lengths[order[start]]
        wanted = batch_size(longest) if callable(batch_size) else batch_size
        size = _fitting(longest, min(wanted, most), max_tokens)
        indices = order[start : start + size]
        if equal_lengths:
            indices = [i for i in indices if lengths[i] == lengths[indices[0]]]
        try:
            result = compute(indices)
        except _OUT_OF_MEMORY:
            result = None
        if result is None:  # outside the handler, whose traceback holds the tensors that were made
            most = _halve(indices, lengths)
            continue
        start += len(indices)
        yield indices, result


def _check_limits(**limits: int | None) -> None:
    for name, value in limits.items():
        if value is not None and value < 1:
            raise UsageError(f"{name} is {value}: it must be at least 1")


def _fitting(longest: int, batch_size: int, max_tokens: int | None) -> int:
    return batch_size if max_tokens is None else max(1, min(batch_size, max_tokens // longest))


def _halve(indices: Sequence[int], lengths: Sequence[int]) -> int:
    if len(indices) == 1:
        raise UsageError(
            f"memory does not hold prompt {indices[0]} alone ({lengths[indices[0]]} tokens): use a "
            "smaller dtype or model, or fewer answers"
        )
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return len(indices) // 2
