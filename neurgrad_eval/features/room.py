"""Where large arrays lie: in memory, or beyond a budget in a file that is mapped into it.

What is mapped is read and written like any array; the operating system moves its pages between
memory and disk as there is room. The file lies in the temporary folder (TMPDIR), without a name, so
that nothing is left of it however a run ends.
"""

from __future__ import annotations

import mmap
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import psutil

from mceval8k.errors import UsageError

_BLOCK = 2**24
"""Bytes of an array that are looked at together."""


def free_half() -> int:
    """The budget where none is given: half of the memory that is free, in bytes."""
    return int(psutil.virtual_memory().available) // 2


def make_room(
    shape: tuple[int, int], dtype: npt.DTypeLike, *, mapped: bool, order: Literal["C", "F"] = "C"
) -> npt.NDArray[Any]:
    """An array of zeros, in memory or mapped.

    Raises
    ------
    UsageError
        The temporary folder has no room for it.
    """
    if not mapped or not all(shape):
        return np.zeros(shape, dtype, order)
    check_disk(int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize)
    with tempfile.TemporaryFile(prefix="neurgrad-") as file:
        return np.asarray(np.memmap(file, dtype, "w+", shape=shape, order=order))


def check_disk(needed: int) -> None:
    """Raise UsageError if the temporary folder has no room for so many bytes."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UsageError(
            f"features that memory does not hold take {needed / 1e9:.1f} GB of {folder}, where "
            f"{free / 1e9:.1f} GB are free: set TMPDIR, give fewer prompts, or use `neurgrad "
            "rank`, which adds them up"
        )


def is_mapped(array: Any) -> bool:
    """Whether an array, or what it is a view of, is mapped."""
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap.mmap)


def row_blocks(array: npt.NDArray[Any]) -> Iterator[slice]:
    """Slices of successive rows, of some 16 MiB each, and of one row at least."""
    row = max(1, array[:1].nbytes)
    step = max(1, _BLOCK // row)
    return (slice(start, start + step) for start in range(0, len(array), step))


def columns_together(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same values with each column together; mapped where the array is."""
    if not is_mapped(array):
        return np.asfortranarray(array)
    found = make_room(array.shape, array.dtype, mapped=True, order="F")
    for rows in row_blocks(array):
        found[rows] = array[rows]
    return found
