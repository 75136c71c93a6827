"""Digests of what numbers depend on: texts, and the weights of a model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import nn

_SAMPLED = 256


def digest_texts(texts: Iterable[str]) -> str:
    """SHA-256 (hexadecimal) of a sequence of texts."""
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def fingerprint(module: nn.Module) -> str:
    """SHA-256 (hexadecimal) of a sample of every weight tensor: quick, and other after training."""
    digest = hashlib.sha256()
    for name, tensor in module.named_parameters():
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        step = max(1, tensor.numel() // _SAMPLED)
        sampled = tensor.detach().flatten()[::step].float().cpu().numpy()
        digest.update(np.ascontiguousarray(sampled).tobytes())
    return digest.hexdigest()
