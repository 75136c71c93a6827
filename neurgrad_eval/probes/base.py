"""What probes have in common as scikit-learn classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from neurgrad_eval import codes as coding
from neurgrad_eval.codes import Codes
from neurgrad_eval.probes.voting import Decision

Labels = npt.NDArray[np.int64]


class Probe(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of answer indices 0, 1, ….

    Attributes
    ----------
    classes_ : int64 [answer]
        Labels that occur in training.
    n_features_in_ : int
        Columns of X in training.
    """

    classes_: Labels
    n_features_in_: int

    def _check_training(self, x: Any, y: Any, dtype: Any) -> tuple[npt.NDArray[Any], Labels]:
        features, labels = validate_data(self, x, y, dtype=dtype, ensure_min_samples=1)
        check_classification_targets(labels)
        if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
            raise ValueError("labels must be answer indices 0, 1, …")
        self.classes_ = np.unique(labels).astype(np.int64)
        return features, labels.astype(np.int64)

    def _check_features(self, x: Any, dtype: Any) -> npt.NDArray[Any]:
        check_is_fitted(self)
        features: npt.NDArray[Any] = validate_data(self, x, reset=False, dtype=dtype)
        return features


class VotingProbe(Probe):
    """A probe in which single neurons vote."""

    def decide(self, x: Any) -> Decision:
        """Answers and whether the plain vote was tied; see `neurgrad_eval.probes.voting`."""
        raise NotImplementedError

    def predict(self, x: Any) -> Labels:
        """Answer [prompt] to each row of X."""
        return self.decide(x).answers


def check_codes(values: npt.NDArray[Any]) -> Codes:
    """Return the values as codes; raise ValueError where they are none."""
    if not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"X must hold codes of neurgrad_eval.codes (uint16), not {values.dtype}")
    if values.size and (values.min() < 0 or values.max() >= coding.N_CODES):
        raise ValueError(f"X holds numbers outside 0 to {coding.N_CODES - 1}: no codes")
    return values.astype(np.uint16, copy=False)


def answers_of(n_answers: int | None, labels: Labels) -> int:
    """Return the number of answers: the one stated, else one more than the largest label.

    Raises
    ------
    ValueError
        A label lies outside.
    """
    seen = int(labels.max()) + 1
    if n_answers is not None and seen > n_answers:
        raise ValueError(f"label {seen - 1} is no index into {n_answers} answers")
    return max(2, seen) if n_answers is None else n_answers
