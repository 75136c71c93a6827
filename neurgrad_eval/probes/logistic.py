"""Logistic regression on activations: what a plain linear probe reads from the same neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from neurgrad_eval.probes.base import Probe


class LogisticProbe(Probe):
    """Multinomial logistic regression with an L2 penalty on standardised activations.

    Parameters
    ----------
    C
        Inverse of the penalty's weight.
    max_iter
        Iterations of L-BFGS at most.

    Attributes
    ----------
    pipeline_ : Pipeline
        Scaler and regression.
    n_iter_ : int
        Iterations that were needed.
    """

    pipeline_: Pipeline
    n_iter_: int

    def __init__(self, *, C: float = 1.0, max_iter: int = 1000) -> None:  # noqa: N803 - its name in scikit-learn
        self.C = C
        self.max_iter = max_iter

    def fit(self, x: Any, y: Any) -> LogisticProbe:
        """Fit to activations X [prompt, neuron] and gold answers y [prompt]."""
        activations, labels = self._check_training(x, y, dtype=[np.float32, np.float64])
        regression = LogisticRegression(C=self.C, max_iter=self.max_iter)
        self.pipeline_ = make_pipeline(StandardScaler(), regression).fit(activations, labels)
        self.n_iter_ = int(regression.n_iter_.max())
        return self

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Answer [prompt] to each row of activations X [prompt, neuron]."""
        activations = self._read(x)
        answers: npt.NDArray[Any] = self.pipeline_.predict(activations)
        return answers

    def predict_proba(self, x: Any) -> npt.NDArray[np.floating]:
        """Probability [prompt, answer]."""
        activations = self._read(x)
        shares: npt.NDArray[np.floating] = self.pipeline_.predict_proba(activations)
        return shares

    def _read(self, x: Any) -> npt.NDArray[Any]:
        return self._check_features(x, dtype=[np.float32, np.float64])
