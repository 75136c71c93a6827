"""What a probing experiment finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.probing.sampling import Leak
from neurgrad_eval.ranking import Ranking


@dataclass(frozen=True)
class ProbeRow:
    """Accuracy of one probe on the test items; intervals are of 95 %."""

    probe: str
    neurons: int | None
    """How many neurons it reads (activation: at each split); None for LM-Prob."""
    accuracy: float
    low: float
    """Lower bound by bootstrap over groups."""
    high: float
    wilson_low: float
    """Lower bound by Wilson's formula, which stays open where every answer is right."""
    wilson_high: float
    n: int
    """Test items."""
    chance: float
    """One over the number of options."""
    difference: float | None
    """Accuracy less that of LM-Prob on the same items; None for LM-Prob itself."""
    difference_low: float | None
    difference_high: float | None
    p_value: float | None
    """Exact two-sided test of the difference over groups; see `statistics.paired_test`."""
    p_holm: float | None
    """The same, adjusted by Holm's method for all probes of the run."""
    ties: int | None
    """Test items on which the plain vote was tied; None for probes that do not vote."""


@dataclass(frozen=True)
class ValidationRow:
    """Accuracy of one candidate number of neurons on the validation items."""

    probe: str
    neurons: int
    accuracy: float
    n: int
    """Validation items."""
    chosen: bool
    """Whether it is the one that test items are asked with: the best, of equal ones the least."""


@dataclass(frozen=True)
class NullRow:
    """Accuracy on the test items where there is nothing to learn or nothing to choose."""

    probe: str
    null: str
    """`permuted labels` or `random neurons`; see `neurgrad_eval.probing.nulls`."""
    draws: int
    mean: float
    low: float
    """2.5 % quantile of the draws."""
    high: float
    """97.5 % quantile of the draws."""
    p_value: float
    """(1 + draws that are as accurate as the probe) / (1 + draws)."""


@dataclass(frozen=True)
class Answers:
    """Answers of one probe to the test items."""

    probe: str
    neurons: int | None
    answers: npt.NDArray[np.int64]
    ties: int | None = None

    @property
    def column(self) -> str:
        """Name for tables of answers: the probe, and the number of neurons where it is chosen."""
        return self.probe if self.ties is None else f"{self.probe}-{self.neurons}"


@dataclass(frozen=True)
class ProbeResult:
    """Result of one experiment."""

    about: Mapping[str, Any]
    """Model, edition, task, prompts and settings, as plain values."""
    rows: tuple[ProbeRow, ...]
    """LM-Prob first."""
    leak: Leak
    train_labels: Mapping[int, int]
    """Training items by gold answer."""
    test_labels: Mapping[int, int]
    warnings: tuple[str, ...]
    """What a reader must know before quoting the accuracies."""
    validation: tuple[ValidationRow, ...] = ()
    nulls: tuple[NullRow, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            **self.about,
            **asdict(self.leak),
            "train_labels": {str(label): n for label, n in self.train_labels.items()},
            "test_labels": {str(label): n for label, n in self.test_labels.items()},
            "warnings": list(self.warnings),
            "probes": [asdict(row) for row in self.rows],
            "validation": [asdict(row) for row in self.validation],
            "nulls": [asdict(row) for row in self.nulls],
        }


@dataclass(frozen=True)
class Rankings:
    """Rankings of all neurons by each score."""

    polarity: Ranking
    magnitude: Ranking
    activation: Ranking

    def by_name(self) -> dict[str, Ranking]:
        """Each ranking by its probe's name."""
        return {
            "polarity": self.polarity,
            "magnitude": self.magnitude,
            "activation": self.activation,
        }
