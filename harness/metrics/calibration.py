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
from scipy.special import softmax

from harness.metrics.position_bias import one_hot
from mceval8k.statistics import Estimate, mean_of, percentile_interval, resample

BINS = 15
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
    probabilities = softmax(log_probabilities, axis=1)
    confidence, chosen = probabilities.max(axis=1), probabilities.argmax(axis=1)
    squares = ((probabilities - one_hot(gold, probabilities.shape[1])) ** 2).sum(axis=1)
    members = one_hot(bin_of(confidence), BINS)
    correct = (chosen == gold).astype(np.float64)
    return Calibration(
        brier=mean_of(squares, resamples),
        ece=Estimate.bare(float(_ece(members, confidence, correct[None])[0])),
        ece_if_calibrated=_if_calibrated(members, confidence),
        option_mass=mean_of(np.exp(log_probabilities).sum(axis=1), resamples),
        bins=_bins(members, confidence, correct),
    )


def bin_of(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Bin of each probability in 0 to 1: bin b holds those in (b / BINS, (b + 1) / BINS]."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def _ece(
    members: NDArray[np.float64], confidence: NDArray[np.float64], correct: NDArray[np.float64]
) -> NDArray[np.float64]:
    """ECE [draw] of answers that are right or not [draw, item]."""
    if not len(confidence):
        return np.full(len(correct), np.nan)
    gaps = (correct - confidence) @ members
    return np.asarray(np.abs(gaps).sum(axis=1) / len(confidence))


def _if_calibrated(members: NDArray[np.float64], confidence: NDArray[np.float64]) -> Estimate:
    """ECE if every answer were right with the probability that is stated."""
    generator = np.random.default_rng(0)
    right = generator.random((DRAWS, len(confidence)), dtype=np.float32) < confidence
    drawn = _ece(members, confidence, right.astype(np.float64))
    return percentile_interval(float(drawn.mean()), drawn)


def _bins(
    members: NDArray[np.float64], confidence: NDArray[np.float64], correct: NDArray[np.float64]
) -> tuple[Bin, ...]:
    counts = members.sum(axis=0)
    return tuple(
        Bin(
            low=b / BINS,
            high=(b + 1) / BINS,
            n=int(counts[b]),
            confidence=float(confidence @ members[:, b] / counts[b]),
            accuracy=float(correct @ members[:, b] / counts[b]),
        )
        for b in range(BINS)
        if counts[b]
    )
