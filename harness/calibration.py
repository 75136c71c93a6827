"""Calibration: whether the probabilities that a model gives its answers can be believed.

The probability of an option is the softmax over the log-probabilities of the item's symbols, so
that the options of an item add up to one. Items with a score that is not finite are left out.

- Brier score: mean over items of the sum over options of (probability - [option is gold])²; 0 is
  perfect, 2 the worst, 1 - 1/n the uniform guess (Brier 1950, Monthly Weather Review 78).
- ECE, expected calibration error: items are put into `BINS` bins of equal width by the probability
  of the chosen option; the mean over items of |accuracy - mean probability| of their bin (Naeini,
  Cooper and Hauskrecht 2015, AAAI; bins as in Guo et al. 2017, ICML). It is biased upwards where
  bins hold few items.
- Option mass: mean probability, before the softmax, that the model's next token is any of the
  symbols: near 0, the model would not have answered in this format.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from harness.bootstrap import bootstrap, group_weights, mean_of
from harness.position_bias import one_hot
from harness.statistics import Estimate

BINS = 15


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
    weights = group_weights(groups)
    probabilities = softmax(log_probabilities, axis=1)
    confidence, chosen = probabilities.max(axis=1), probabilities.argmax(axis=1)
    squares = ((probabilities - one_hot(gold, probabilities.shape[1])) ** 2).sum(axis=1)
    members = one_hot(bin_of(confidence), BINS)
    correct = (chosen == gold).astype(np.float64)
    return Calibration(
        brier=mean_of(squares, weights),
        ece=_ece(members, confidence, correct, weights),
        option_mass=mean_of(np.exp(log_probabilities).sum(axis=1), weights),
        bins=_bins(members, confidence, correct),
    )


def bin_of(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Bin of each probability in 0 to 1: bin b holds those in (b / BINS, (b + 1) / BINS]."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def _ece(
    members: NDArray[np.float64],
    confidence: NDArray[np.float64],
    correct: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> Estimate:
    features = np.column_stack([members * (correct - confidence)[:, None], members])
    return bootstrap(
        features,
        weights,
        lambda sums: np.abs(sums[..., :BINS]).sum(-1) / sums[..., BINS:].sum(-1),
    )


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
