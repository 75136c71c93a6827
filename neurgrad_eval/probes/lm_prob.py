"""LM-Prob: the model's own answer, the baseline that every probe is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurgrad_eval.probes.base import Probe
from neurgrad_eval.probes.checks import Labels, check_indices


class LMProb(Probe):
    """The answer to which the model gives the highest probability, the first of tied ones."""

    def fit(self, x: Any, y: Any) -> LMProb:
        """Learn nothing; X [prompt, answer] holds probabilities and y [prompt] gold answers."""
        probabilities, labels = self._check_training(x, y)
        check_indices(labels, probabilities.shape[1])
        self.classes_ = np.arange(probabilities.shape[1])
        return self

    def predict(self, x: Any) -> Labels:
        """Answer [prompt] of the highest probability in each row of X [prompt, answer]."""
        return np.asarray(self._check_features(x).argmax(axis=1), dtype=np.int64)
