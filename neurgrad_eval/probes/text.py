"""What words and lengths alone tell: a baseline that asks no model and reads no neuron."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from neurgrad_eval.features.features import Features

TEXT = "text"
_WORD = r"\w+"
_PENALTIES = [0.1, 1, 10, 100]
_FOLDS = 5


def text_answers(train: Features, test: Features, *, seed: int = 0) -> npt.NDArray[np.int64] | None:
    """Answers [prompt] of logistic regression on words, pairs of words and lengths of the texts.

    Words are weighted by tf-idf; the penalty is chosen by cross-validation over groups.

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
    if not (train.texts and test.texts and re.search(_WORD, " ".join(train.texts))):
        return None
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=_WORD)
    lengths = make_pipeline(FunctionTransformer(_log_lengths), StandardScaler())
    regression = LogisticRegression(max_iter=2000)
    model: Any = Pipeline([("read", make_union(words, lengths)), ("regression", regression)])
    folds = min(_FOLDS, _fewest_groups(train))
    if folds < 2:
        model.fit(train.texts, train.labels)
    else:
        split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        model = GridSearchCV(model, {"regression__C": _PENALTIES}, cv=split, error_score=0)
        model.fit(train.texts, train.labels, groups=train.groups)
    return np.asarray(model.predict(test.texts), dtype=np.int64)


def _fewest_groups(features: Features) -> int:
    """Groups of the label that has the fewest."""
    groups = np.asarray(features.groups)
    return min(len(set(groups[features.labels == k].tolist())) for k in set(features.labels))


def _log_lengths(texts: Any) -> npt.NDArray[np.float64]:
    return np.log1p([[len(text)] for text in texts])
