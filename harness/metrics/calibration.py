"""Calibration: whether the probabilities that a model gives its answers can be believed.

The probability of an option is the softmax over the log-probabilities of the item's symbols, so
that the options of an item add up to one. Items with a score that is not finite are left out.

- Brier score: mean over items of the sum over options of (probability - [option is gold])²; 0 is
  perfect, 2 the worst, 1 - 1/n the uniform guess (Brier 1950, Monthly Weather Review 78).
- ECE, expected calibration error: items are put into `BINS` bins of equal width by the probability
  of the chosen option; the mean over items of |accuracy - mean probability| of their bin (Naeini,
  Cooper and Hauskrecht 2015, AAAI; bins as in Guo et al. 2017, ICML). It is above 0 for a perfectly
  calibrated model, too, and a bootstrap of it never reaches 0: so it has no interval, and beside it
  stands what a calibrated model would show. There the answer to each item is drawn to be right with
  the stated confidence: mean and middle 95 % of the draws.
- Option mass: mean probability, before the softmax, that the model's next token is any of the
  symbols: near 0, the model would not have answered in this format.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.metrics.position_bias import one_hot
from harness.metrics.reliability import (
    BINS,
    Reliability,
    bin_of,
    ece,
    probabilities,
    reliability,
)
from mceval8k.statistics import Estimate, mean_of, percentile_interval, resample

DRAWS = 1000


@dataclass(frozen=True)
class Bin:
    """Items whose chosen option has a probability in (low, high]."""

    low: float
    high: float
    n: int
    confidence: float
    """Mean probability of the chosen option."""
    accuracy: float
    """Share of right answers."""


@dataclass(frozen=True)
class Calibration:
    """How far probabilities and right answers agree on one task."""

    brier: Estimate
    ece: Estimate
    """Without an interval."""
    ece_if_calibrated: Estimate
    """Mean and 95 % range of the ECE of a calibrated model with the same confidences."""
    option_mass: Estimate
    bins: tuple[Bin, ...]
    """Bins that hold an item."""


def calibration(
    log_probabilities: NDArray[np.float64], gold: NDArray[np.int64], groups: tuple[str, ...]
) -> Calibration:
    """Calibration of answers.

    Parameters
    ----------
    log_probabilities
        Of each symbol, [item, position]; -inf beyond an item's options.
    gold
        Position of the right option, [item].
    groups
        What is drawn together in the bootstrap, [item].
    """
    resamples = resample(groups)
    shares = probabilities(log_probabilities)
    squares = ((shares - one_hot(gold, shares.shape[1])) ** 2).sum(axis=1)
    sums = reliability(shares, gold, shares.argmax(axis=1) == gold)
    return Calibration(
        brier=mean_of(squares, resamples),
        ece=Estimate.bare(sums.ece),
        ece_if_calibrated=_if_calibrated(shares.max(axis=1)),
        option_mass=mean_of(np.exp(log_probabilities).sum(axis=1), resamples),
        bins=_bins(sums),
    )


def _if_calibrated(confidence: NDArray[np.float64]) -> Estimate:
    """ECE if every answer were right with the probability that is stated."""
    generator = np.random.default_rng(0)
    right = generator.random((DRAWS, len(confidence)), dtype=np.float32) < confidence
    members = one_hot(bin_of(confidence), BINS)
    drawn = ece(right.astype(np.float64) @ members, confidence @ members, len(confidence))
    return percentile_interval(float(drawn.mean()), drawn)


def _bins(sums: Reliability) -> tuple[Bin, ...]:
    return tuple(
        Bin(
            low=b / BINS,
            high=(b + 1) / BINS,
            n=count,
            confidence=sums.confidence[b] / count,
            accuracy=sums.correct[b] / count,
        )
        for b, count in enumerate(sums.counts)
        if count
    )
