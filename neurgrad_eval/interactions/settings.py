"""What `neurgrad interactions` is asked to do."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mceval8k.errors import UsageError
from neurgrad_eval.causal.moving import Unit
from neurgrad_eval.causal.settings import check_skill
from neurgrad_eval.result import Sign, Space

NEURONS, SHIFTS, DRAWS, THRESHOLD = 24, (1.0,), 2, 0.1


@dataclass(frozen=True)
class InteractionSettings:
    """Settings of one run; values that cannot be used raise UsageError."""

    score: str = "polarity"
    neurons: int = NEURONS
    """Top neurons; every pair of them is shifted."""
    shifts: tuple[float, ...] = SHIFTS
    """Sizes of shift, in `unit`, along orientation."""
    unit: Unit = "activation"
    draws: int = DRAWS
    """Random sets of neurons of the same layers, whose pairs are shifted too."""
    threshold: float = THRESHOLD
    """A pair interacts where its interaction is above the noise floor and above this share of the
    sizes of the two single changes."""
    space: Space = "hidden"
    sign: Sign = "magnitude"
    """Convention that the ranking was made under."""
    seed: int = 0
    """Decides the random sets, the order of the second reading, and the bootstrap."""

    def __post_init__(self) -> None:
        check_skill(self.score, self.shifts, self.unit, self.sign, self.seed)
        if self.neurons < 2:
            raise UsageError(f"number of neurons {self.neurons}: a pair needs 2")
        if self.draws < 1:
            raise UsageError(f"draws {self.draws}: at least 1 random set is needed")
        if not (math.isfinite(self.threshold) and self.threshold >= 0):
            raise UsageError(f"threshold {self.threshold:g}: it must not be below 0")
