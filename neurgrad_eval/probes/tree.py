"""The tree probe: a random forest on the answer that each neuron favours (paper section 5)."""

from __future__ import annotations

from typing import Any

from sklearn.ensemble import RandomForestClassifier

from neurgrad_eval import codes as coding
from neurgrad_eval.probes.base import Labels, Probe, answers_of, check_codes


class TreeProbe(Probe):
    """Random forest on argmax_k g_i[k] of all neurons i, the first of tied answers.

    Parameters
    ----------
    n_trees
        Number of trees.
    max_depth
        Of each tree; None for no limit.
    n_answers
        Number of answers, where labels in training may not show all.
    n_jobs
        Trees that grow at a time; None for one, −1 for all cores. It does not change the result.
    random_state
        Seed.

    Attributes
    ----------
    forest_ : RandomForestClassifier
    """

    forest_: RandomForestClassifier
    n_answers_: int

    def __init__(
        self,
        *,
        n_trees: int = 100,
        max_depth: int | None = None,
        n_answers: int | None = None,
        n_jobs: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_trees = n_trees
        self.max_depth = max_depth
        self.n_answers = n_answers
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, x: Any, y: Any) -> TreeProbe:
        """Grow the forest on codes X [prompt, neuron] (uint16) and gold answers y [prompt]."""
        values, labels = self._check_training(x, y, dtype=None)
        codes = check_codes(values)
        self.n_answers_ = answers_of(self.n_answers, labels)
        self.forest_ = RandomForestClassifier(
            self.n_trees,
            max_depth=self.max_depth,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        ).fit(coding.first_highest(self.n_answers_)[codes], labels)
        return self

    def predict(self, x: Any) -> Labels:
        """Answer [prompt] to each row of codes X [prompt, neuron]."""
        codes = check_codes(self._check_features(x, dtype=None))
        answers: Labels = self.forest_.predict(coding.first_highest(self.n_answers_)[codes])
        return answers
