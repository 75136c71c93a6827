"""What a sweep's points say: slope, linearity, and how far the line holds.

Shifts are [shift], or [neuron, shift] where each neuron has moved by other amounts than requested,
as weights of 16 bits have it.
"""

from __future__ import annotations

import torch
from torch import Tensor

LINEAR = 0.95
"""A neuron is linear where |r| is at least this (paper section 3)."""


def slope(shifts: Tensor, changes: Tensor) -> Tensor:
    """Slope of the least-squares line through the origin, ΣΔ·Δp / ΣΔ² [neuron].

    It is NaN for a neuron that has not moved.

    Parameters
    ----------
    shifts
        Δ [shift] or [neuron, shift].
    changes
        Δp [neuron, shift].
    """
    grid, output = shifts.double(), changes.double()
    if grid.ndim == 1:
        return output @ grid / grid.square().sum()
    return (output * grid).sum(-1) / grid.square().sum(-1)


def linearity(shifts: Tensor, changes: Tensor) -> Tensor:
    """Pearson correlation of Δ and Δp [neuron]; NaN where one of the two does not change.

    Parameters are those of `slope`.
    """
    grid, output = shifts.double(), changes.double()
    grid = grid - grid.mean(-1, keepdim=True)
    output = output - output.mean(-1, keepdim=True)
    scale = grid.norm(dim=-1) * output.norm(dim=-1)
    product = output @ grid if grid.ndim == 1 else (output * grid).sum(-1)
    return torch.where(scale > 0, product / scale, torch.nan).clamp(-1, 1)


def linearity_by_range(
    shifts: Tensor, changes: Tensor, applied: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Linearity within each symmetric range that the grid holds.

    Parameters
    ----------
    shifts
        Δ [shift], which the ranges are of.
    changes
        Δp [neuron, shift].
    applied
        By how much each neuron has moved [neuron, shift], if not by Δ.

    Returns
    -------
    ranges : Tensor [range]
        The distinct sizes of shift that leave at least two points, ascending.
    values : Tensor [neuron, range]
        Linearity of the points with |Δ| up to the range. Two points always lie on a line, so the
        narrowest range of a symmetric grid says nothing.
    """
    moved = shifts if applied is None else applied
    sizes = shifts.double().abs()
    ranges = [size for size in torch.unique(sizes) if int((sizes <= size).sum()) > 1]
    if not ranges:
        return sizes.new_zeros(0), sizes.new_zeros(len(changes), 0)
    within = [sizes <= size for size in ranges]
    values = [linearity(moved[..., points], changes[:, points]) for points in within]
    return torch.stack(ranges), torch.stack(values, dim=1)


def linear_range(shifts: Tensor, changes: Tensor, applied: Tensor | None = None) -> Tensor:
    """Largest symmetric range within which the neuron is linear [neuron]; 0 where none is.

    Parameters are those of `linearity_by_range`.
    """
    ranges, values = linearity_by_range(shifts, changes, applied)
    if not len(ranges):
        return torch.zeros(len(changes), dtype=torch.float64)
    return torch.where(values.abs() >= LINEAR, ranges, 0.0).amax(1)
