"""What the probes have in common as scikit-learn classifiers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from mceval8k.task import MAX_OPTIONS
from neurgrad_eval import codes as coding
from neurgrad_eval.codes import Codes
from neurgrad_eval.probes.voting import Decision, decide, hash_rows
from neurgrad_eval.ranking import Ranking

if TYPE_CHECKING:
    from typing_extensions import Self

Labels = npt.NDArray[np.int64]
FLOATS = [np.float16, np.float32, np.float64]


class Probe(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """A classifier of answers.

    Attributes
    ----------
    classes_ : array [answer]
        What `predict` can say: the answer indices 0, 1, … where the number of answers is stated,
        the labels that occur in training otherwise.
    n_features_in_ : int
        Columns of X in training.
    """

    classes_: npt.NDArray[Any]
    n_features_in_: int

    def _check_training(
        self, x: Any, y: Any, dtype: Any = FLOATS
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        features, labels = validate_data(self, x, y, dtype=dtype)
        check_classification_targets(labels)
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class, {self.classes_[0]!r}; a probe needs two at least")
        return features, labels

    def _check_features(self, x: Any, dtype: Any = FLOATS) -> npt.NDArray[Any]:
        check_is_fitted(self)
        features: npt.NDArray[Any] = validate_data(self, x, reset=False, dtype=dtype)
        return features


class VotingProbe(Probe):
    """A probe in which single neurons vote."""

    @abstractmethod
    def decide(self, x: Any) -> Decision:
        """Answers and whether the plain vote was tied; see `neurgrad_eval.probes.voting`."""


class CodeProbe(Probe):
    """A probe that reads coded gradients.

    Parameters
    ----------
    n_answers
        Number of answers; labels are then their indices 0, 1, …, though training may not show all.
        If not given, the labels that occur in training, sorted, are the answers 0, 1, ….

    Attributes
    ----------
    n_answers_ : int
    """

    n_answers: int | None
    n_answers_: int

    def __sklearn_tags__(self) -> Any:
        """X holds codes: whole numbers from 0, none of them more than another."""
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        # The toy data of scikit-learn's checks are blobs, not codes of gradients.
        tags.classifier_tags.poor_score = True
        return tags

    def _check_codes(self, x: Any, y: Any) -> tuple[Codes, Labels]:
        """Codes [prompt, neuron] and gold answers as indices [prompt]."""
        values, labels = self._check_training(x, y, dtype="numeric")
        codes = check_codes(values)
        if self.n_answers is None:
            self.n_answers_ = len(self.classes_)
            gold = np.searchsorted(self.classes_, labels).astype(np.int64)
        else:
            self.n_answers_ = self.n_answers
            gold = check_indices(labels, self.n_answers)
            self.classes_ = np.arange(self.n_answers)
        if not 2 <= self.n_answers_ <= MAX_OPTIONS:
            raise ValueError(f"{self.n_answers_} answers; codes hold 2 to {MAX_OPTIONS}")
        return codes, gold

    def _read_codes(self, x: Any) -> Codes:
        return check_codes(self._check_features(x, dtype="numeric"))


class GradientProbe(CodeProbe, VotingProbe):
    """A voting probe whose neurons are ranked by a score of their coded gradients.

    Parameters
    ----------
    n_neurons
        How many neurons vote. May be changed after `fit`, which ranks all of them.
    n_answers
        See `CodeProbe`.

    Attributes
    ----------
    ranking_ : Ranking
        Of all neurons.
    """

    ranking_: Ranking

    def __init__(self, n_neurons: int = 1024, *, n_answers: int | None = None) -> None:
        self.n_neurons = n_neurons
        self.n_answers = n_answers

    def fit(self, x: Any, y: Any) -> Self:
        """Rank neurons by codes X [prompt, neuron] (uint16) and gold answers y [prompt]."""
        self.ranking_ = Ranking.of(self._score(*self._check_codes(x, y)))
        return self

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Answer [prompt] to each row of X."""
        answers = self.decide(x).answers
        return self.classes_[answers]

    def decide(self, x: Any) -> Decision:
        """Let the neurons vote on codes X [prompt, neuron]; answers are indices into `classes_`."""
        codes = self._read_codes(x)
        return self.vote(codes, self.ranking_.top(self.n_neurons))

    def vote(self, codes: Codes, voters: npt.NDArray[np.int64]) -> Decision:
        """Let the neurons with these flat numbers vote on codes [prompt, neuron]."""
        votes, weighted = self._votes(codes, voters)
        return decide(votes, weighted, hash_rows(codes))

    @abstractmethod
    def _score(self, codes: Codes, labels: Labels) -> npt.NDArray[np.number]:
        """Score [neuron] on the training prompts."""

    @abstractmethod
    def _votes(self, codes: Codes, voters: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Votes [kind, prompt, answer] of the voters: plain, then weighted with their |score|."""


def check_codes(values: npt.NDArray[Any]) -> Codes:
    """Return whole numbers as codes; raise ValueError where they are none."""
    if not np.issubdtype(values.dtype, np.integer):
        if not np.equal(np.mod(values, 1), 0).all():
            raise ValueError(
                f"X must hold codes of neurgrad_eval.codes (uint16), not {values.dtype}"
            )
        values = values.astype(np.int64)
    if values.size and values.min() < 0:
        raise ValueError(
            f"Negative values in data passed to X: codes are 0 to {coding.N_CODES - 1}"
        )
    if values.size and values.max() >= coding.N_CODES:
        raise ValueError(f"X holds numbers above {coding.N_CODES - 1}: no codes")
    return values.astype(np.uint16, copy=False)


def check_indices(labels: npt.NDArray[Any], n_answers: int) -> Labels:
    """Return labels as answer indices.

    Raises
    ------
    ValueError
        A label is none.
    """
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
        raise ValueError("labels must be answer indices 0, 1, …")
    if (largest := int(labels.max())) >= n_answers:
        raise ValueError(f"label {largest} is no index into {n_answers} answers")
    return labels.astype(np.int64)
