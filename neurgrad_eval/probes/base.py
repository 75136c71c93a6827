"""What probes have in common as scikit-learn classifiers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from neurgrad_eval import codes as coding
from neurgrad_eval.codes import Codes
from neurgrad_eval.probes.voting import Decision, decide, hash_rows
from neurgrad_eval.ranking import Ranking

if TYPE_CHECKING:
    from typing_extensions import Self

Labels = npt.NDArray[np.int64]


class Probe(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
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

    @abstractmethod
    def decide(self, x: Any) -> Decision:
        """Answers and whether the plain vote was tied; see `neurgrad_eval.probes.voting`."""

    def predict(self, x: Any) -> Labels:
        """Answer [prompt] to each row of X."""
        return self.decide(x).answers


class GradientProbe(VotingProbe):
    """A voting probe whose neurons are ranked by a score of their coded gradients.

    Parameters
    ----------
    n_neurons
        How many neurons vote. May be changed after `fit`, which ranks all of them.
    n_answers
        Number of answers, where labels in training may not show all.

    Attributes
    ----------
    ranking_ : Ranking
        Of all neurons.
    """

    ranking_: Ranking
    n_answers_: int

    def __init__(self, n_neurons: int = 1024, *, n_answers: int | None = None) -> None:
        self.n_neurons = n_neurons
        self.n_answers = n_answers

    def fit(self, x: Any, y: Any) -> Self:
        """Rank neurons by codes X [prompt, neuron] (uint16) and gold answers y [prompt]."""
        values, labels = self._check_training(x, y, dtype=None)
        codes = check_codes(values)
        self.n_answers_ = answers_of(self.n_answers, labels)
        self.ranking_ = Ranking.of(self._score(codes, labels))
        return self

    def decide(self, x: Any) -> Decision:
        """Let the neurons vote on codes X [prompt, neuron]."""
        codes = check_codes(self._check_features(x, dtype=None))
        votes, weighted = self._votes(codes, self.ranking_.top(self.n_neurons))
        return decide(votes, weighted, hash_rows(codes))

    @abstractmethod
    def _score(self, codes: Codes, labels: Labels) -> npt.NDArray[np.int64]:
        """Score [neuron] on the training prompts."""

    @abstractmethod
    def _votes(self, codes: Codes, voters: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Votes [kind, prompt, answer] of the voters: plain, then weighted with their |score|."""


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
