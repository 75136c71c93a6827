"""Baselines that never read the question: what they get right is no credit to a model.

- For free options: the longest and the shortest of them, in characters; where all are numbers,
  the largest, the smallest, the one farthest from the mean of the others and the one nearest to
  it; and a classifier of single options (below). Ties share the credit.
- For fixed options: the label that is most frequent among texts of about that length (ten bins of
  equal size), for each text column, learnt on other groups.

The classifier is a logistic regression on the words, pairs of words and the whole of an option,
trained by stochastic gradient descent to tell golds from wrong options; it answers with the option
of the highest score. Golds, lengths and scores are of distinct rows, and rows with a common group
lie in one of three folds: nothing is learnt from the row that is answered.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from builders.audit.facts import text_columns
from builders.audit.rows import TaskRows
from builders.making.grouping import components

FOLDS = 3
_LEAST = 30  # distinct rows (and as many groups) without which nothing is learnt
_BINS = 10


class Score(NamedTuple):
    """How a baseline fares."""

    baseline: str
    """What it does, as the end of a sentence: 'choosing …'."""
    credit: NDArray[np.float64]
    """Credit for each distinct row: 1 if right, 0 if wrong, 1/n for a tie of n."""
    chance: float
    """Accuracy that needs no baseline: one among k options, or the most frequent label."""


Rule = Callable[[Sequence[float]], Sequence[float]]
"""Values of a row's options to scores, of which the highest is chosen."""


def scores(rows: TaskRows) -> Iterator[Score]:
    """Scores of all baselines that fit the task."""
    if not rows.distinct:
        return
    if rows.task.fixed_options is not None:
        yield from _length_scores(rows)
        return
    yield from (
        Score(f"choosing the {name} option", right, 1 / rows.task.n_options)
        for name, right in _rule_credits(rows)
    )
    if len(set(rows.questions)) > 1 and (folds := _folds(rows)) is not None:
        right = _classifier_credits(rows, folds)
        yield Score("a classifier that reads the options only", right, 1 / rows.task.n_options)


def _rule_credits(rows: TaskRows) -> Iterator[tuple[str, NDArray[np.float64]]]:
    lengths = [[float(len(each)) for each in rows.options[row]] for row in rows.distinct]
    for name, rule in LENGTH_RULES.items():
        yield name, _credits(rows, lengths, rule)
    try:
        numbers = [[float(each) for each in rows.options[row]] for row in rows.distinct]
    except ValueError:
        return
    for name, rule in NUMBER_RULES.items():
        yield name, _credits(rows, numbers, rule)


def _credits(rows: TaskRows, values: Sequence[Sequence[float]], rule: Rule) -> NDArray[np.float64]:
    golds = (rows.labels[row] for row in rows.distinct)
    return np.array(
        [credit(rule(each), gold) for each, gold in zip(values, golds, strict=True)], dtype=float
    )


def credit(found: Sequence[float], gold: int) -> float:
    """Credit for choosing the highest score where the gold is given."""
    best = max(found)
    return 1 / list(found).count(best) if found[gold] == best else 0.0


def distances(values: Sequence[float]) -> list[float]:
    """Distance of each value from the mean of the others."""
    total, others = sum(values), len(values) - 1
    return [abs(value - (total - value) / others) for value in values]


def _negative(values: Sequence[float]) -> list[float]:
    return [-value for value in values]


LENGTH_RULES: dict[str, Rule] = {"longest": list, "shortest": _negative}
NUMBER_RULES: dict[str, Rule] = {
    "largest": list,
    "smallest": _negative,
    "numerically most distant": distances,
    "numerically most central": lambda values: _negative(distances(values)),
}


def _folds(rows: TaskRows) -> NDArray[np.int64] | None:
    """Fold of each distinct row; rows with a common key have one. None if there are too few."""
    groups = components([sorted(rows.keys[row]) for row in rows.distinct])
    if len(set(groups)) < _LEAST:
        return None
    order = {name: number for number, name in enumerate(dict.fromkeys(groups))}
    return np.array([order[name] % FOLDS for name in groups])


def _classifier_credits(rows: TaskRows, folds: NDArray[np.int64]) -> NDArray[np.float64]:
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import SGDClassifier

    options = [rows.options[row] for row in rows.distinct]
    golds = np.array([rows.labels[row] for row in rows.distinct])
    width = rows.task.n_options
    hashing = HashingVectorizer(analyzer=option_features, n_features=2**18, alternate_sign=False)
    features = hashing.transform([each for row in options for each in row])
    is_gold = (np.arange(width)[None, :] == golds[:, None]).ravel()
    fold = np.repeat(folds, width)
    decided = np.zeros(len(fold))
    for held_out in range(FOLDS):
        model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=8, tol=None, random_state=0)
        model.fit(features[fold != held_out], is_gold[fold != held_out])
        decided[fold == held_out] = model.decision_function(features[fold == held_out])
    by_row = decided.reshape(-1, width).tolist()
    return np.array([credit(row, gold) for row, gold in zip(by_row, golds, strict=True)])


def option_features(option: str) -> list[str]:
    """Words and pairs of words of an option, and the whole of it."""
    words = option.split()
    return [*words, *map(" ".join, pairwise(words)), f"={option}"]


def _length_scores(rows: TaskRows) -> Iterator[Score]:
    folds = _folds(rows)
    if folds is None:
        return
    labels = np.array([rows.labels[row] for row in rows.distinct])
    chance = float(np.bincount(labels).max()) / len(labels)
    for column in text_columns(rows.task):
        lengths = np.array([len(rows.items[row][column] or "") for row in rows.distinct])
        right = _by_length(lengths, labels, folds)
        yield Score(f"going by the length of `{column}` alone", right, chance)


def _by_length(
    lengths: NDArray[np.int64], labels: NDArray[np.int64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    right = np.zeros(len(labels))
    for held_out in range(FOLDS):
        known, asked = folds != held_out, folds == held_out
        edges = statistics.quantiles(lengths[known].tolist(), n=_BINS)
        bins = np.searchsorted(edges, lengths)
        table = np.zeros((_BINS, labels.max() + 1))
        np.add.at(table, (bins[known], labels[known]), 1)
        right[asked] = table.argmax(axis=1)[bins[asked]] == labels[asked]
    return right
