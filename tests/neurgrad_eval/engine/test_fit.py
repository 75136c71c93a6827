"""Slope, linearity and linear range, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch

from mceval8k.errors import UsageError
from neurgrad_eval.engine.fit import linear_range, linearity, linearity_by_range, slope
from neurgrad_eval.engine.grid import check_shifts, shift_grid

SHIFTS = torch.tensor([-2.0, -1.0, 1.0, 2.0])


def test_slope_is_the_fit_through_the_origin() -> None:
    """ΣΔ² = 10; ΣΔ·Δp = 2·1 + 1·0 + 1·2 + 2·3 = 10 for the second neuron."""
    changes = torch.tensor([[-0.2, -0.1, 0.1, 0.2], [-1.0, 0.0, 2.0, 3.0], [4.0, 1.0, 1.0, 4.0]])
    assert slope(SHIFTS, changes).tolist() == pytest.approx([0.1, 1.0, 0.0])


def test_linearity_is_pearsons_r() -> None:
    """Centred: Δp = (-2, -1, 1, 2) has r 1; Δ² is even, so r 0; (0, 0, 0, 1) has r 2/√(10·¾)."""
    changes = torch.tensor(
        [[-1.0, 0.0, 2.0, 3.0], [4.0, 1.0, 1.0, 4.0], [0.0, 0.0, 0.0, 1.0], [2.0, 1.0, -1.0, -2.0]]
    )
    expected = [1.0, 0.0, 2 / math.sqrt(10 * 0.75), -1.0]
    assert linearity(SHIFTS, changes).tolist() == pytest.approx(expected)


def test_a_neuron_without_effect_has_no_linearity() -> None:
    still = torch.zeros(1, 4)
    assert linearity(SHIFTS, still).isnan().all()
    assert linear_range(SHIFTS, still).tolist() == [0.0]
    assert slope(SHIFTS, still).tolist() == [0.0]


def test_linear_range_is_the_largest_that_holds() -> None:
    """The second neuron bends beyond ±1, the first nowhere."""
    changes = torch.tensor([[-2.0, -1.0, 1.0, 2.0], [3.0, -1.0, 1.0, -3.0]])
    assert linear_range(SHIFTS, changes).tolist() == [2.0, 1.0]
    ranges, values = linearity_by_range(SHIFTS, changes)
    assert ranges.tolist() == [1.0, 2.0]
    assert values[:, 0].tolist() == pytest.approx([1.0, 1.0])
    assert values[1, 1] == pytest.approx((1 + 1 - 6 - 6) / math.sqrt(10 * 20))


def test_one_sided_and_single_shifts() -> None:
    assert linear_range(torch.tensor([1.0, 2.0]), torch.tensor([[1.0, 2.0]])).tolist() == [2.0]
    assert linear_range(torch.tensor([1.0]), torch.tensor([[1.0]])).tolist() == [0.0]


@pytest.mark.parametrize(("limit", "step"), [(2.0, 1e-300), (1e308, 0.2), (2001.0, 0.2)])
def test_a_grid_that_memory_would_not_hold_is_refused(limit: float, step: float) -> None:
    with pytest.raises(UsageError, match="more than 10,000 shifts"):
        shift_grid(limit, step)


def test_the_default_grid_is_the_papers() -> None:
    grid = shift_grid()
    assert len(grid) == 20
    assert grid[:2] == (-2.0, -1.8)
    assert 0.6 in grid
    assert 0 not in grid
    assert grid == tuple(-shift for shift in reversed(grid))


@pytest.mark.parametrize(
    ("limit", "step", "words"),
    [
        (2, 0, "step 0"),
        (2, -1, "step -1"),
        (2, math.nan, "step nan"),
        (0.1, 0.2, "range 0.1 is smaller than the step 0.2"),
        (math.inf, 0.2, "range inf"),
    ],
)
def test_bad_grids_are_named(limit: float, step: float, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        shift_grid(limit, step)


@pytest.mark.parametrize(
    ("shifts", "words"),
    [((), "no shift"), ((0.0, 1.0), "other than 0"), ((1.0, 1.0), "twice")],
)
def test_bad_shifts_are_named(shifts: tuple[float, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_shifts(shifts)
