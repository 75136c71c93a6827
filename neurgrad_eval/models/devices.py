"""On which device a module computes, also where Accelerate has spread or offloaded the model."""

from __future__ import annotations

from itertools import chain
from typing import Any

import torch
from torch import nn


def execution_device(module: nn.Module) -> torch.device:
    """Device of a module's inputs; offloaded weights lie on `meta` between passes."""
    held = next(chain(module.parameters(), module.buffers()), None)  # packed weights are neither
    if held is not None and held.device.type != "meta":
        return held.device
    hook: Any = getattr(module, "_hf_hook", None)
    return torch.device(getattr(hook, "execution_device", None) or "cpu")


def input_device(model: Any) -> torch.device:
    """Device that a model's token ids belong on."""
    return execution_device(model.get_input_embeddings())
