"""Predicted changes of sets of neurons, against the measured ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Protocol

import numpy as np
from scipy.special import expit, logit

from mceval8k.statistics import resample
from neurgrad_eval.engine.joint_shifts import Floats
from neurgrad_eval.experiments._agreement import compare, compare_within

RESAMPLES = 1000
PREDICTIONS = {
    "neurgrad": "Σ NeurGrad·Δ",
    "neg": "Σ NEG·Δ with measured slopes",
    "neurgrad_log_odds": "Σ NeurGrad·Δ as a move of the log-odds, which keeps it a probability",
}
"""What predicts the change of a set; `neg` is missing for sets that are too large to measure."""
_WAYS = {"both": slice(None), "along": slice(1), "against": slice(1, None)}
_TINY = 2.0**-53  # keeps a base of exactly 0 or 1 on the scale


class Dimensions(Protocol):
    """What the changes are of, and the seed of the bootstrap."""

    @property
    def selections(self) -> Sequence[str]: ...
    @property
    def numbers(self) -> Sequence[int]: ...
    @property
    def shifts(self) -> Sequence[float]: ...
    @property
    def seed(self) -> int: ...


def in_log_odds(by_neurgrad: Floats, base: Floats) -> Floats:
    """NeurGrad's sums as moves of the answer's log-odds, p(1 − p) per unit: changes of p."""
    p = np.clip(base, _TINY, 1 - _TINY)
    return np.asarray(expit(logit(p) + by_neurgrad / (p * (1 - p))) - p)


def score(
    measured: Floats, predictions: Mapping[str, Floats], settings: Dimensions
) -> Iterator[dict[str, Any]]:
    """Score every prediction for every kind of set, shift and direction.

    A row holds the number of points, the mean sizes of the predicted and the measured change, and
    the measures of `_agreement.compare`, whose intervals are of 95 %, by bootstrap over prompts.

    Parameters
    ----------
    measured, predictions
        Changes of probability [prompt, selection, number, direction, shift].
    settings
        What the dimensions are.
    """
    resamples = resample(range(len(measured)), seed=settings.seed, resamples=RESAMPLES)
    for keys, predicted, found in _sets(measured, predictions, settings):
        for (h, shift), (way, part) in product(enumerate(settings.shifts), _WAYS.items()):
            x, y = (values[:, part, h] for values in (predicted, found))
            yield {
                **keys,
                "shift": shift,
                "direction": way,
                "points": x.size,
                "predicted": np.abs(x).mean(),
                "measured": np.abs(y).mean(),
                **compare(x, y, resamples),
            }


def score_within(
    measured: Floats, predictions: Mapping[str, Floats], settings: Dimensions
) -> Iterator[dict[str, Any]]:
    """Correlation within each prompt, over all shifts and directions of a set; see `score`."""
    resamples = resample(range(len(measured)), seed=settings.seed, resamples=RESAMPLES)
    for keys, predicted, found in _sets(measured, predictions, settings):
        x, y = (values.reshape(len(values), -1) for values in (predicted, found))
        yield {**keys, "points": x.shape[1], **compare_within(x, y, resamples)}


def _sets(
    measured: Floats, predictions: Mapping[str, Floats], settings: Dimensions
) -> Iterator[tuple[dict[str, Any], Floats, Floats]]:
    """What a set is, and its predicted and measured changes [prompt, direction, shift]."""
    for name, predicted in predictions.items():
        kinds = product(enumerate(settings.selections), enumerate(settings.numbers))
        for (s, selection), (n, number) in kinds:
            if not np.isnan(predicted[:, s, n]).any():
                keys = {"prediction": name, "selection": selection, "neurons": number}
                yield keys, predicted[:, s, n], measured[:, s, n]


def best(scores: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each set and shift, the score by measured slopes, or by NeurGrad where there are none."""
    kept = {
        (one["selection"], one["neurons"], one["shift"]): one
        for prediction in ("neurgrad", "neg")
        for one in scores
        if (one["prediction"], one["direction"]) == (prediction, "both")
    }
    return list(kept.values())
