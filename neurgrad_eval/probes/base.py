"""What the probes have in common as scikit-learn classifiers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from neurgrad_eval.features.codes import Codes
from neurgrad_eval.features.room import columns_together, row_blocks
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probes.checks import (
    FLOATS,
    Labels,
    check_codes,
    check_finite,
    check_indices,
    encoded,
    is_gradients,
)
from neurgrad_eval.probes.draws import Hashes, hash_rows
from neurgrad_eval.probes.ranking import Definitions, Ranking
from neurgrad_eval.probes.voting import Decision, decide

if TYPE_CHECKING:
    from typing_extensions import Self

Choice = Callable[[Ranking], Sequence[Indices]]
"""Says which sets of neurons vote, given a ranking of all of them."""


class Prompts(NamedTuple):
    """What a voting probe reads of prompts, checked once for all probes of a kind."""

    values: npt.NDArray[Any]
    """Codes or activations [prompt, neuron]."""
    salt: Hashes
    """A number [prompt] that depends on the prompt's values only."""


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
        features, labels = validate_data(self, x, y, dtype=dtype, ensure_all_finite=False)
        check_finite(features)
        check_classification_targets(labels)
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class, {self.classes_[0]!r}; a probe needs two at least")
        return features, labels

    def _check_features(self, x: Any, dtype: Any = FLOATS) -> npt.NDArray[Any]:
        check_is_fitted(self)
        features: npt.NDArray[Any] = validate_data(
            self, x, reset=False, dtype=dtype, ensure_all_finite=False
        )
        check_finite(features)
        return features


class VotingProbe(Probe):
    """A probe in which single neurons vote.

    Parameters
    ----------
    n_neurons
        How many neurons vote; all of them where there are fewer. May be changed after `fit`, which
        ranks all neurons.
    definitions
        `"paper"`: tied answers and splits as in the paper's released code (docs/probes.md).
    """

    n_neurons: int
    definitions: Definitions

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Answer [prompt] to each row of X."""
        answers = self.decide(x).answers
        return self.classes_[answers]

    def decide(self, x: Any) -> Decision:
        """Let the best neurons vote on X; see `neurgrad_eval.probes.voting`."""
        (decision,) = self.decide_sets(x, lambda ranking: [ranking.top(self.n_neurons)])
        return decision

    def read(self, x: Any) -> Prompts:
        """Check X once for many sets of neurons, or for all probes that are fitted alike.

        The result may be given in the place of X. Each neuron's values lie together in it, which
        takes another X, mapped where X is (`features.room`).
        """
        values, salt = self._prompts(x)
        return Prompts(columns_together(values), salt)

    def _prompts(self, x: Any) -> Prompts:
        if isinstance(x, Prompts):
            return x
        values = self._values(x)
        return Prompts(values, self._salt(values))

    def _salt(self, values: npt.NDArray[Any]) -> Hashes:
        """A number [prompt] that depends on the prompt's values only."""
        return np.concatenate([hash_rows(values[rows]) for rows in row_blocks(values)])

    @abstractmethod
    def _values(self, x: Any) -> npt.NDArray[Any]:
        """Codes or activations [prompt, neuron]."""

    @abstractmethod
    def decide_sets(self, x: Any, choose: Choice, *, cumulative: bool = False) -> list[Decision]:
        """Let several sets of neurons vote on X, one after the other.

        Parameters
        ----------
        x
            As for `predict`, or what `read` made of it.
        choose
            Which sets vote; called once for each ranking, so that at each split of the activation
            probe the neurons can differ.
        cumulative
            Whether with each set those before it vote too.

        Returns
        -------
        list of Decision
            Of each set; answers are indices into `classes_`.
        """


class CodeProbe(Probe):
    """A probe that reads signs and order of the answers' gradients.

    X holds the gradients themselves, floats [prompt, answer, neuron], or codes of them [prompt,
    neuron] (`neurgrad_eval.features.codes`), which take a fraction of the memory.

    Parameters
    ----------
    n_answers
        Number of answers; labels are then their indices 0, 1, …, though training may not show all.
        If not given, it is that of the gradients; of codes, the labels that occur in training,
        sorted, are the answers 0, 1, ….

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
        tags.input_tags.three_d_array = True
        # The toy data of scikit-learn's checks are blobs, not codes of gradients.
        tags.classifier_tags.poor_score = True
        return tags

    def _check_codes(self, x: Any, y: Any) -> tuple[Codes, Labels]:
        """Codes [prompt, neuron] and gold answers as indices [prompt]."""
        known = self.n_answers
        if is_gradients(x):
            known = np.shape(x)[1] if known is None else known
            x = encoded(x, known)
        values, labels = self._check_training(x, y, dtype="numeric")
        codes = check_codes(values, len(self.classes_) if known is None else known)
        if known is None:
            self.n_answers_ = len(self.classes_)
            gold = np.searchsorted(self.classes_, labels).astype(np.int64)
        else:
            self.n_answers_ = known
            gold = check_indices(labels, known)
            self.classes_ = np.arange(known)
        return codes, gold

    def _values(self, x: Any) -> Codes:
        check_is_fitted(self)
        known = encoded(x, self.n_answers_) if is_gradients(x) else x
        return check_codes(self._check_features(known, dtype="numeric"), self.n_answers_)


class GradientProbe(CodeProbe, VotingProbe):
    """A voting probe whose neurons are ranked by a score of their gradients.

    Parameters
    ----------
    n_neurons, definitions
        See `VotingProbe`.
    n_answers
        See `CodeProbe`.

    Attributes
    ----------
    ranking_ : Ranking
        Of all neurons.
    """

    ranking_: Ranking

    def __init__(
        self,
        n_neurons: int = 1024,
        *,
        n_answers: int | None = None,
        definitions: Definitions = "default",
    ) -> None:
        self.n_neurons = n_neurons
        self.n_answers = n_answers
        self.definitions = definitions

    def fit(self, x: Any, y: Any) -> Self:
        """Rank neurons by gradients or codes X (see `CodeProbe`) and gold answers y [prompt]."""
        self.ranking_ = Ranking.of(self._score(*self._check_codes(x, y)))
        return self

    def decide_sets(self, x: Any, choose: Choice, *, cumulative: bool = False) -> list[Decision]:
        """Let several sets of neurons vote; see `VotingProbe`."""
        codes, salt = self._prompts(x)
        votes = np.stack([self.tally(codes, voters) for voters in choose(self.ranking_)])
        return [
            decide(plain, weighted, salt, self.definitions)
            for plain, weighted in (votes.cumsum(axis=0) if cumulative else votes)
        ]

    @abstractmethod
    def tally(self, codes: Codes, voters: Indices) -> npt.NDArray[np.float64]:
        """Votes [kind, prompt, answer] of some neurons: plain, and weighted with their |score|.

        Parameters
        ----------
        codes
            Coded gradients [prompt, neuron].
        voters
            Flat numbers [voter].
        """

    @abstractmethod
    def _score(self, codes: Codes, labels: Labels) -> npt.NDArray[np.number]:
        """Score [neuron] on the training prompts."""
