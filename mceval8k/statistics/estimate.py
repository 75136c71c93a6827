"""A value with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEVEL = 0.95
"""Coverage of an interval unless stated otherwise."""


@dataclass(frozen=True)
class Estimate:
    """A value with the bounds of its interval."""

    value: float
    low: float
    high: float

    @classmethod
    def bare(cls, value: float) -> Estimate:
        """A value of which no interval is known to hold: its bounds are NaN."""
        return cls(value, math.nan, math.nan)
