"""Processes that share the work: those that `accelerate launch` started, or this one alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mceval8k.errors import UsageError

T = TypeVar("T")
Whole = npt.NDArray[np.int64]
# A process that has fewer units waits for the others, for as long as it takes.
_PATIENCE = timedelta(days=7)


@dataclass(frozen=True)
class Processes:
    """One process, which has all the work."""

    index: int = 0
    count: int = 1
    local_index: int = 0
    """Among the processes of this machine."""

    @property
    def is_main(self) -> bool:
        """Whether this process writes what is common."""
        return self.index == 0

    def share(self, work: Sequence[T]) -> Sequence[T]:
        """Return this process's part of the work."""
        return work[self.index :: self.count]

    def wait(self) -> None:
        """Wait for all of them."""

    def broadcast(self, value: T) -> T:
        """Return the main process's value, in every process."""
        return value

    def add_up(self, own: Sequence[Whole]) -> list[Whole]:
        """Sums of every process's arrays, in every process; a process may have none."""
        return list(own)

    def device(self, requested: str) -> str:
        """Where this process computes."""
        return requested


class Launched(Processes):
    """The processes of `accelerate launch`."""

    def __init__(self) -> None:
        from accelerate import PartialState  # type: ignore[import-untyped]

        state = PartialState(cpu=_is_cpu(), timeout=_PATIENCE)
        super().__init__(state.process_index, state.num_processes, state.local_process_index)
        object.__setattr__(self, "_state", state)

    def wait(self) -> None:
        """Wait for all of them."""
        self._state.wait_for_everyone()  # type: ignore[attr-defined]

    def broadcast(self, value: T) -> T:
        """Return the main process's value, in every process."""
        from accelerate.utils import broadcast_object_list  # type: ignore[import-untyped]

        found: T = broadcast_object_list([value])[0]
        return found

    def add_up(self, own: Sequence[Whole]) -> list[Whole]:
        """Sums of every process's arrays, in every process; a process may have none."""
        import torch
        from accelerate.utils import reduce

        shapes = self.broadcast([array.shape for array in own])
        whole = own or [np.zeros(shape, dtype=np.int64) for shape in shapes]
        device = self._state.device  # type: ignore[attr-defined]
        return [reduce(torch.from_numpy(array).to(device), "sum").cpu().numpy() for array in whole]

    def device(self, requested: str) -> str:
        """Where this process computes: on a GPU of its own, where GPUs are requested."""
        return (
            f"cuda:{self.local_index}" if requested in ("auto", "cuda") and _gpus() else requested
        )


@cache
def current() -> Processes:
    """Return the processes that this one belongs to."""
    return Launched() if int(os.environ.get("WORLD_SIZE", "1")) > 1 else Processes()


def check_kept(kept: bool) -> None:
    """Raise UsageError where several processes share work that is not kept in a folder."""
    if not kept and current().count > 1:
        raise UsageError("--out is needed where several processes share the work")


def _is_cpu() -> bool:
    """Whether the processes talk through the CPU: there is no GPU, or none is wanted."""
    return os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes") or not _gpus()


def _gpus() -> Any:
    import torch

    return torch.cuda.is_available()
