"""Processes of `accelerate launch`: who shares the work, and how sums get from one to another."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import torch
from accelerate import PartialState  # type: ignore[import-untyped]
from accelerate.utils import reduce  # type: ignore[import-untyped]

# A process that has fewer shards waits for the others, for as long as it takes.
_PATIENCE = timedelta(days=7)


class Launched:
    """The processes that `accelerate launch` started; one, where it did not."""

    def __init__(self, device: str) -> None:
        self._state = PartialState(cpu=device == "cpu", timeout=_PATIENCE)
        self.index: int = self._state.process_index
        self.count: int = self._state.num_processes
        self.device = device
        if device == "cuda" and self.count > 1:
            self.device = f"cuda:{self._state.local_process_index}"

    def wait(self) -> None:
        """Wait for all of them."""
        self._state.wait_for_everyone()

    def add_up(self, own: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Sum of every process's array, in every process."""
        if self.count == 1:
            return own
        total: npt.NDArray[np.int64] = (
            reduce(torch.from_numpy(own).to(self._state.device), "sum").cpu().numpy()
        )
        return total

    def close(self) -> None:
        """Leave the group."""
        self._state.destroy_process_group()
