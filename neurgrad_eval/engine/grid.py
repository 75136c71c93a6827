"""The grid of shifts."""

from __future__ import annotations

import math

from mceval8k.errors import UsageError

RANGE, STEP = 2.0, 0.2
MOST = 10_000
"""Shifts to either side."""
_DIGITS = 9  # hides the last bits of k * step, so that 3 * 0.2 is 0.6


def shift_grid(limit: float = RANGE, step: float = STEP) -> tuple[float, ...]:
    """Shifts from -limit to limit by `step`, without 0 (paper section 3: -2 to 2 by 0.2).

    Raises
    ------
    UsageError
        The step is not above 0, or the range does not hold one step, or more than 10,000.
    """
    if not (math.isfinite(step) and step > 0):
        raise UsageError(f"step {step:g}: it must be above 0")
    if not (math.isfinite(limit) and limit >= step):
        raise UsageError(f"range {limit:g} is smaller than the step {step:g}")
    if limit / step > MOST:
        raise UsageError(f"range {limit:g} by {step:g}: more than {MOST:,} shifts")
    count = math.floor(limit / step + 1e-6)
    above = [round(k * step, _DIGITS) for k in range(1, count + 1)]
    return (*(-shift for shift in reversed(above)), *above)


def check_shifts(shifts: tuple[float, ...]) -> None:
    """Raise UsageError for shifts that no line can be fitted to."""
    if not shifts:
        raise UsageError("no shift is given")
    if not all(math.isfinite(shift) and shift != 0 for shift in shifts):
        raise UsageError("every shift must be a finite number other than 0")
    if len(set(shifts)) < len(shifts):
        raise UsageError("a shift is given twice")
