"""A logistic regression on words and pairs of words, in one column alone or in the options alone.

- For fixed options: from a text column to the label.
- For free options: from a single option to whether it is the gold; the option with the highest
  probability is chosen. Where options come from a closed set of values, as tags do, also from a
  text column, or from the word that is asked about, to the value; chosen is the likeliest option.

Features are TF-IDF weights (1 + log of the count) of words, punctuation marks and pairs of them,
with marks for the two ends of the text, that are in two texts at least; a Chinese or Japanese
character is a word. Each language has its own classifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builders.audit.baselines.distinct_rows import DistinctRows, Guess, credits_of
from builders.audit.baselines.folds import folds
from builders.audit.facts import CLOSED, text_columns
from builders.audit.near import words_and_marks

START, END = "<s>", "</s>"


def readers(distinct: DistinctRows) -> Iterator[Guess]:
    """What each classifier gets right."""
    task = distinct.task
    columns = text_columns(task)
    if task.fixed_options is not None:
        for column in columns:
            yield _of_labels(distinct, column, whole=task.words_decide and len(columns) == 1)
        return
    yield _of_options(distinct)
    if len(set().union(*distinct.options)) <= CLOSED:
        for column in (*columns, *([task.target] if task.target else [])):
            yield _of_values(distinct, column)


def ngrams(text: str) -> list[str]:
    """Words, marks and pairs of them."""
    words = [START, *words_and_marks(text), END]
    return [*words, *map(" ".join, pairwise(words))]


def _of_labels(distinct: DistinctRows, column: str, *, whole: bool) -> Guess:
    texts, width = distinct.column(column), distinct.task.n_options
    found = np.zeros((len(texts), width))
    for part in distinct.by_language():
        found[part] = out_of_fold(
            [texts[row] for row in part], distinct.labels[part], distinct.groups[part], range(width)
        )
    credit = credits_of(found.tolist(), distinct.labels.tolist())
    if whole:
        return Guess(f"the words of `{column}`", credit, whole=True, probabilities=found)
    return Guess(f"`{column}` alone", credit)


def _of_options(distinct: DistinctRows) -> Guess:
    credit = np.zeros(len(distinct.labels))
    for part in distinct.by_language():
        rows, golds = [distinct.options[row] for row in part], distinct.labels[part].tolist()
        widths = [len(options) for options in rows]
        found = out_of_fold(
            [option for options in rows for option in options],
            np.concatenate([np.arange(n) == gold for n, gold in zip(widths, golds, strict=True)]),
            np.repeat(distinct.groups[part], widths),
            (False, True),
        )
        by_row = np.split(found[:, 1], np.cumsum(widths)[:-1])
        credit[part] = credits_of([each.tolist() for each in by_row], golds)
    return Guess("the options alone", credit, whole=distinct.constant, by_options=True)


def _of_values(distinct: DistinctRows, column: str) -> Guess:
    texts, credit = distinct.column(column), np.zeros(len(distinct.labels))
    for part in distinct.by_language():
        rows, golds = [distinct.options[row] for row in part], distinct.labels[part].tolist()
        values = sorted(set().union(*rows))
        found = out_of_fold(
            [texts[row] for row in part],
            np.array([options[gold] for options, gold in zip(rows, golds, strict=True)]),
            distinct.groups[part],
            values,
        )
        place = {value: number for number, value in enumerate(values)}
        scores = [
            each[[place[option] for option in options]].tolist()
            for each, options in zip(found, rows, strict=True)
        ]
        credit[part] = credits_of(scores, golds)
    return Guess(f"`{column}` alone", credit)


def out_of_fold(
    texts: Sequence[str],
    targets: NDArray[Any],
    groups: NDArray[np.int64],
    classes: Sequence[Any],
) -> NDArray[np.float64]:
    """Probability [text, class] of each class by a classifier that has not seen the text's group.

    Parameters
    ----------
    texts
        Normalised texts.
    targets
        Class of each text.
    groups
        Group of each text.
    classes
        Classes of the columns, in sorted order.
    """
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    # The vocabulary is of all texts; weights of words and classes are learnt in each fold alone.
    counts = CountVectorizer(analyzer=ngrams, min_df=min(2, len(texts)), dtype=np.float32)
    features = counts.fit_transform(texts)
    found = np.zeros((len(texts), len(classes)))
    for known, held_out in folds(groups):
        present = np.unique(targets[known])
        columns = np.searchsorted(list(classes), present)
        if len(present) == 1:  # nothing to tell apart
            found[held_out, columns[0]] = 1.0
            continue
        model = make_pipeline(TfidfTransformer(sublinear_tf=True), LogisticRegression(max_iter=500))
        model.fit(features[known], targets[known])
        found[np.ix_(held_out, columns)] = model.predict_proba(features[held_out])
    return found
