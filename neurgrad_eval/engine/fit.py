"""What a sweep's points say: slope, linearity, and how far the line holds."""

from __future__ import annotations

import torch
from torch import Tensor

LINEAR = 0.95
"""A neuron is linear where |r| is at least this (paper section 3)."""


def slope(shifts: Tensor, changes: Tensor) -> Tensor:
    """Slope of the least-squares line through the origin, ΣΔ·Δp / ΣΔ² [neuron].

    Parameters
    ----------
    shifts
        Δ [shift].
    changes
        Δp [neuron, shift].
    """
    grid = shifts.double()
    return changes.double() @ grid / grid.square().sum()


def linearity(shifts: Tensor, changes: Tensor) -> Tensor:
    """Pearson correlation of Δ and Δp [neuron]; NaN where the output does not change.

    Parameters are those of `slope`.
    """
    grid, output = shifts.double(), changes.double()
    grid = grid - grid.mean()
    output = output - output.mean(-1, keepdim=True)
    scale = grid.norm() * output.norm(dim=-1)
    return torch.where(scale > 0, output @ grid / scale, torch.nan).clamp(-1, 1)


def linearity_by_range(shifts: Tensor, changes: Tensor) -> tuple[Tensor, Tensor]:
    """Linearity within each symmetric range that the grid holds.

    Parameters are those of `slope`.

    Returns
    -------
    ranges : Tensor [range]
        The distinct sizes of shift that leave at least two points, ascending.
    values : Tensor [neuron, range]
        Linearity of the points with |Δ| up to the range. Two points always lie on a line, so the
        narrowest range of a symmetric grid says nothing.
    """
    sizes = shifts.double().abs()
    ranges = [size for size in torch.unique(sizes) if int((sizes <= size).sum()) > 1]
    if not ranges:
        return sizes.new_zeros(0), sizes.new_zeros(len(changes), 0)
    values = [linearity(shifts[sizes <= size], changes[:, sizes <= size]) for size in ranges]
    return torch.stack(ranges), torch.stack(values, dim=1)


def linear_range(shifts: Tensor, changes: Tensor) -> Tensor:
    """Largest symmetric range within which the neuron is linear [neuron]; 0 where none is.

    Parameters are those of `slope`.
    """
    ranges, values = linearity_by_range(shifts, changes)
    if not len(ranges):
        return torch.zeros(len(changes), dtype=torch.float64)
    return torch.where(values.abs() >= LINEAR, ranges, 0.0).amax(1)
