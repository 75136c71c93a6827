"""The tree probe: a random forest on the answer that each neuron favours (paper section 5)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.codes import Codes
from neurgrad_eval.probes.base import CodeProbe


class TreeProbe(CodeProbe):
    """Random forest on argmax_k g_i[k] of all neurons i, the first of tied answers.

    Parameters
    ----------
    n_estimators
        Number of trees.
    max_depth
        Of each tree; None for no limit.
    n_answers
        See `CodeProbe`.
    n_jobs
        Trees that grow at a time; None for one, −1 for all cores. It does not change the result.
    random_state
        Seed.

    Attributes
    ----------
    forest_ : RandomForestClassifier
        Over answer indices.
    """

    forest_: RandomForestClassifier

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        max_depth: int | None = None,
        n_answers: int | None = None,
        n_jobs: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_depth = max_depth
        self.n_answers = n_answers
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, x: Any, y: Any) -> TreeProbe:
        """Grow the forest on gradients or codes X (see `CodeProbe`) and gold answers y [prompt]."""
        codes, gold = self._check_codes(x, y)
        self.forest_ = RandomForestClassifier(
            self.n_estimators,
            max_depth=self.max_depth,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        ).fit(self._favoured(codes), gold)
        return self

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Answer [prompt] to each row of X."""
        codes = self._values(x)
        answers: npt.NDArray[Any] = self.classes_[self.forest_.predict(self._favoured(codes))]
        return answers

    def predict_proba(self, x: Any) -> npt.NDArray[np.float64]:
        """Share of the trees' votes [prompt, answer]; 0 for an answer not in training."""
        codes = self._values(x)
        shares = np.zeros((len(codes), len(self.classes_)))
        shares[:, self.forest_.classes_] = self.forest_.predict_proba(self._favoured(codes))
        return shares

    def _favoured(self, codes: Codes) -> npt.NDArray[np.float32]:
        # Trees look at one neuron of all prompts at a time: columns lie together in memory.
        favoured = coding.first_highest(codes, self.n_answers_)
        return np.asfortranarray(favoured, dtype=np.float32)
