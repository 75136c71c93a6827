"""Calibration in sums: whether a model is right as often as it is sure.

Brier score and expected calibration error, which `harness.metrics.calibration` explains, follow
from sums over items: those of several tasks are joined by adding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Confidence against accuracy, as sums over items."""

    counts: tuple[int, ...]
    """[bin] Items."""
    confidence: tuple[float, ...]
    """[bin] Sum of the confidences."""
    correct: tuple[int, ...]
    """[bin] Right answers."""
    squared: float
    """Sum over items of the squared distances of the probabilities from 1 (gold) and 0."""

    @property
    def brier(self) -> float:
        """Brier score over all options: 0 is perfect, 2 the worst."""
        return self.squared / sum(self.counts)

    @property
    def ece(self) -> float:
        """Expected calibration error: mean over items of |accuracy - confidence| of their bin."""
        return float(ece(np.array(self.correct), np.array(self.confidence), sum(self.counts)))


def bin_of(confidence: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Bin of each probability in 0 to 1: bin b holds those in (b / BINS, (b + 1) / BINS]."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def ece(
    correct: npt.NDArray[Any], confidence: npt.NDArray[np.float64], n: int
) -> npt.NDArray[np.float64]:
    """Expected calibration error [...] of n items; NaN without items.

    It follows from the sums of right answers [..., bin] and of confidences [bin].
    """
    gaps = np.abs(correct - confidence).sum(axis=-1)
    return np.asarray(gaps / n if n else np.full(gaps.shape, np.nan))


def probabilities(log_likelihoods: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Probabilities [item, option], normalised over each item's options."""
    shares: npt.NDArray[np.float64] = softmax(log_likelihoods, axis=1)
    return shares


def reliability(
    shares: npt.NDArray[np.float64],
    golds: npt.NDArray[np.int64],
    is_correct: npt.NDArray[np.bool_],
) -> Reliability:
    """Reliability of probabilities [item, option] given the golds [item]."""
    confidence = shares.max(axis=1)
    bins = bin_of(confidence)
    target = np.arange(shares.shape[1]) == golds[:, None]
    return Reliability(
        counts=tuple(np.bincount(bins, minlength=BINS).tolist()),
        confidence=tuple(np.bincount(bins, confidence, BINS).tolist()),
        correct=tuple(np.bincount(bins[is_correct], minlength=BINS).tolist()),
        squared=float(((shares - target) ** 2).sum()),
    )


def joined(parts: Iterable[Reliability]) -> Reliability:
    """Reliability over the items of several tasks."""
    listed = list(parts)
    return Reliability(
        counts=tuple(map(sum, zip(*(part.counts for part in listed), strict=True))),
        confidence=tuple(map(sum, zip(*(part.confidence for part in listed), strict=True))),
        correct=tuple(map(sum, zip(*(part.correct for part in listed), strict=True))),
        squared=sum(part.squared for part in listed),
    )
