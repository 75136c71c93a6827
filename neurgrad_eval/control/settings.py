"""What `neurgrad control` is asked to do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from mceval8k.errors import UsageError
from neurgrad_eval.result import Sign, Space

Selection = Literal["random", "top"]
"""`random`: drawn by seed; `top`: the largest |NeurGrad| of the prompt."""
NUMBERS = tuple(2**power for power in range(13))
SHIFTS = (0.1, 0.5, 1.0, 2.0)
MEASURED = 64


@dataclass(frozen=True)
class ControlSettings:
    """Settings of one run; values that cannot be used raise UsageError."""

    numbers: tuple[int, ...] = NUMBERS
    """How many neurons are shifted together; smaller sets are part of larger ones."""
    shifts: tuple[float, ...] = SHIFTS
    """Sizes of shift, in activation units."""
    selections: tuple[Selection, ...] = ("random", "top")
    measured: int = MEASURED
    """Sets of up to this many neurons are predicted by measured slopes; 0 for none."""
    space: Space = "hidden"
    sign: Sign = "magnitude"
    seed: int = 0
    """Decides the random neurons and the bootstrap."""

    def __post_init__(self) -> None:
        if not self.numbers or min(self.numbers) < 1:
            raise UsageError("numbers: at least 1 neuron is needed")
        if not self.shifts or not all(math.isfinite(s) and s > 0 for s in self.shifts):
            raise UsageError("shifts: every size must be a finite number above 0")
        for name in ("numbers", "shifts", "selections"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise UsageError(f"{name}: a value is given twice")
        for selection in self.selections:
            if selection not in get_args(Selection):
                raise UsageError(f"selection {selection!r} is neither 'random' nor 'top'")
        if not self.selections:
            raise UsageError("selections: at least one is needed")
        if self.measured < 0:
            raise UsageError(f"measured {self.measured} is negative")
        if self.seed < 0:
            raise UsageError(f"seed {self.seed} is negative")

    @property
    def swept(self) -> int:
        """Neurons of each set whose slopes are measured: the largest number that is within."""
        return max((number for number in self.numbers if number <= self.measured), default=0)


def parse_floats(texts: Iterable[str], what: str) -> tuple[float, ...]:
    """Read numbers, each text a comma-separated list; ascending, each once."""
    words = [word.strip() for text in texts for word in text.split(",")]
    try:
        return tuple(sorted({float(word) for word in words}))
    except ValueError:
        raise UsageError(f"{what}: {', '.join(words)!r} is no list of numbers") from None


def parse_selections(texts: Iterable[str]) -> tuple[Selection, ...]:
    """Read selections, each text a comma-separated list; each once."""
    words = [word.strip() for text in texts for word in text.split(",")]
    return tuple(dict.fromkeys(words))  # type: ignore[arg-type] # checked by the settings
