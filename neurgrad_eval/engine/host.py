"""Copies on the host, made while the device continues to compute."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class HostCopies:
    """Copies of tensors that are under way to the host.

    Of a CUDA device they are copied into pinned memory without blocking, so that the next batch can
    be computed meanwhile; of any other they are made at once.

    Parameters
    ----------
    tensors
        On any devices.
    """

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._copies = [_start(tensor) for tensor in tensors]
        devices = {tensor.device for tensor in tensors if tensor.is_cuda}
        self._events = [torch.cuda.current_stream(device).record_event() for device in devices]

    def wait(self) -> list[Tensor]:
        """Return the copies once they are there, in order."""
        for event in self._events:
            event.synchronize()
        return self._copies


def _start(tensor: Tensor) -> Tensor:
    if not tensor.is_cuda:
        return tensor.cpu()
    copy = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    return copy.copy_(tensor, non_blocking=True)
