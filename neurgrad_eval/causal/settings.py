"""What `neurgrad causal` is asked to do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mceval8k.errors import UsageError
from neurgrad_eval.causal.moving import Unit
from neurgrad_eval.result import Sign, Space

NUMBERS, SHIFTS, DRAWS = (256,), (0.1, 0.25, 0.5, 1.0), 20
SCORES = ("polarity", "magnitude")
"""Rankings whose orientation says which way a neuron pushes the gold answer."""


@dataclass(frozen=True)
class Condition:
    """One joint shift of an item."""

    draw: int
    """Which set: -1 for the ranked neurons, else the number of the random set."""
    neurons: int
    direction: Literal[1, -1]
    """Along orientation, or reversed."""
    shift: float


@dataclass(frozen=True)
class CausalSettings:
    """Settings of one run; values that cannot be used raise UsageError."""

    score: str = "polarity"
    numbers: tuple[int, ...] = NUMBERS
    """How many of the top neurons are shifted together."""
    shifts: tuple[float, ...] = SHIFTS
    """Sizes of shift, in `unit`."""
    unit: Unit = "activation"
    draws: int = DRAWS
    """Random sets of neurons of the same layers."""
    space: Space = "hidden"
    sign: Sign = "magnitude"
    """Convention that the ranking was made under."""
    seed: int = 0
    """Decides the random sets and the bootstrap."""

    def __post_init__(self) -> None:
        check_skill(self.score, self.shifts, self.unit, self.sign, self.seed)
        if not self.numbers or min(self.numbers) < 1:
            raise UsageError("number of neurons: at least 1 is needed")
        if len(set(self.numbers)) < len(self.numbers):
            raise UsageError("number of neurons: a value is given twice")
        if self.draws < 1:
            raise UsageError(f"draws {self.draws}: at least 1 random set is needed")

    def conditions(self) -> Iterator[Condition]:
        """All joint shifts of an item, in the order of the tables."""
        for draw in range(-1, self.draws):
            for number in self.numbers:
                for direction in (1, -1):
                    for shift in self.shifts:
                        yield Condition(draw, number, direction, shift)


def check_skill(score: str, shifts: tuple[float, ...], unit: str, sign: str, seed: int) -> None:
    """Raise UsageError for settings of shifts of ranked neurons that cannot be used."""
    if score not in SCORES:
        raise UsageError(
            f"score {score!r}: the orientation of {' and '.join(SCORES)} says which way a neuron "
            "pushes the gold answer; that of another score does not"
        )
    if not shifts or not all(math.isfinite(s) and s > 0 for s in shifts):
        raise UsageError("shifts: every size must be a finite number above 0")
    if len(set(shifts)) < len(shifts):
        raise UsageError("shifts: a size is given twice")
    if unit not in ("activation", "sd"):
        raise UsageError(f"unit {unit!r} is neither 'activation' nor 'sd'")
    if sign not in ("magnitude", "signed"):
        raise UsageError(f"sign {sign!r} is neither 'magnitude' nor 'signed'")
    if seed < 0:
        raise UsageError(f"seed {seed} is negative")
