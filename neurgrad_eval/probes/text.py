"""What words and lengths alone tell: a baseline that runs no model and reads no neuron."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from neurgrad_eval.features.features import Features

TEXT = "text"
_WORD = r"\w+"
_LABEL = re.compile(r"^([^\W\d_][\w ]{0,30}):[ \t]", re.MULTILINE)
_PENALTIES = [0.1, 1, 10, 100]
_FOLDS = 5

Columns = npt.NDArray[np.object_]
"""Texts [prompt, part]."""


def text_answers(train: Features, test: Features, *, seed: int = 0) -> npt.NDArray[np.int64] | None:
    """Answers [prompt] of logistic regression on words, pairs of words and lengths of the texts.

    Parts that a line such as "Premise: …" begins in every text are read each on its own. Words are
    weighted by tf-idf; the penalty is chosen by cross-validation over groups.

    Parameters
    ----------
    train, test
        Features with texts.
    seed
        Of the folds.

    Returns
    -------
    int64 [prompt] or None
        None where texts are not known, or hold no words.
    """
    if not (train.texts and test.texts):
        return None
    columns = parts([*train.texts, *test.texts])
    own, others = columns[: len(train)], columns[len(train) :]
    worded = [at for at, column in enumerate(own.T) if re.search(_WORD, " ".join(column))]
    if not worded:
        return None
    words = [
        (TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=_WORD), at)
        for at in worded
    ]
    lengths = make_pipeline(FunctionTransformer(_log_lengths), StandardScaler())
    read = make_column_transformer(*words, (lengths, list(range(own.shape[1]))))
    model: Any = Pipeline([("read", read), ("regression", LogisticRegression(max_iter=2000))])
    folds = min(_FOLDS, _fewest_groups(train))
    if folds < 2:
        model.fit(own, train.labels)
    else:
        split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        model = GridSearchCV(model, {"regression__C": _PENALTIES}, cv=split, error_score=0)
        model.fit(own, train.labels, groups=train.groups)
    return np.asarray(model.predict(others), dtype=np.int64)


def parts(texts: Sequence[str]) -> Columns:
    """Texts cut at the labels that begin one line of each, in the same order; else whole."""
    labels = [_LABEL.findall(text) for text in texts]
    common = [name for name in labels[0] if all(own.count(name) == 1 for own in labels)]
    order = [[name for name in own if name in common] for own in labels]
    if not common or any(own != common for own in order):
        return np.array([[text] for text in texts], dtype=object)
    begins = re.compile("|".join(f"^{re.escape(name)}:[ \t]" for name in common), re.MULTILINE)
    return np.array([begins.split(text) for text in texts], dtype=object)


def _fewest_groups(features: Features) -> int:
    """Groups of the label that has the fewest."""
    groups = np.asarray(features.groups)
    return min(len(set(groups[features.labels == k].tolist())) for k in set(features.labels))


def _log_lengths(columns: Any) -> npt.NDArray[np.float64]:
    return np.log1p([[len(text.strip()) for text in row] for row in columns])
