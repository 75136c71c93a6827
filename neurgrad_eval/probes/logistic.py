"""Logistic regression on activations: what a plain linear probe reads from the same neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from neurgrad_eval.probes.base import Labels, Probe


class LogisticProbe(Probe):
    """Multinomial logistic regression with an L2 penalty on standardised activations.

    Parameters
    ----------
    penalty_strength
        Weight of the penalty, the inverse of scikit-learn's C.
    max_iter
        Iterations of L-BFGS at most.

    Attributes
    ----------
    pipeline_ : Pipeline
        Scaler and regression.
    """

    pipeline_: Pipeline

    def __init__(self, *, penalty_strength: float = 1.0, max_iter: int = 1000) -> None:
        self.penalty_strength = penalty_strength
        self.max_iter = max_iter

    def fit(self, x: Any, y: Any) -> LogisticProbe:
        """Fit to activations X [prompt, neuron] and gold answers y [prompt]."""
        activations, labels = self._check_training(x, y, dtype=np.float32)
        regression = LogisticRegression(C=1 / self.penalty_strength, max_iter=self.max_iter)
        self.pipeline_ = make_pipeline(StandardScaler(), regression).fit(activations, labels)
        return self

    def predict(self, x: Any) -> Labels:
        """Answer [prompt] to each row of activations X [prompt, neuron]."""
        activations = self._check_features(x, dtype=np.float32)
        answers: Labels = self.pipeline_.predict(activations)
        return answers
