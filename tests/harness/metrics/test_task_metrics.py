from __future__ import annotations

import math

import pytest

from harness.metrics.task_metrics import balanced_accuracy, task_metrics
from harness.samples.answers import Answers, read_answers
from tests.harness.made_samples import made_sample

NAN = float("nan")


def answers(*rows: tuple[str, int, list[float]], task: str = "xnli") -> Answers:
    """Answers to items of a language and a label, each a group of its own."""
    samples = [
        made_sample(
            id=str(number), lang=lang, group=str(number), gold=label, log_likelihoods=tuple(scores)
        )
        for number, (lang, label, scores) in enumerate(rows)
    ]
    return read_answers(task, samples)


A, B = [-1.0, -2.0], [-2.0, -1.0]


def test_balanced_accuracy_is_the_mean_recall() -> None:
    # Three of four right where A is right, none of one where B is: (3/4 + 0) / 2.
    given = answers(("en", 0, A), ("en", 0, A), ("en", 0, A), ("en", 0, B), ("en", 1, A))
    estimate = balanced_accuracy(given.correct, given.gold)
    assert estimate.value == pytest.approx(0.375)
    assert 0 < estimate.low < 0.375 < estimate.high < 1
    one = answers(("en", 0, A), ("en", 0, B))
    assert balanced_accuracy(one.correct, one.gold).value == 0.5


def test_languages_are_measured_apart() -> None:
    given = answers(("en", 0, A), ("en", 1, B), ("zh", 0, B), ("zh", 1, B), task="xnli")
    found = task_metrics("xnli", [given])
    assert {lang: of["accuracy"].value for lang, of in found.languages.items()} == {
        "en": 1.0,
        "zh": 0.5,
    }
    assert found.languages["zh"]["position_bias"].value == 0.5
    assert found.counts["zh"].n == 2
    assert [(p.symbol, p.gold.value, p.chosen.value) for p in found.positions] == [
        ("A", 0.5, 0.25),
        ("B", 0.5, 0.75),
    ]


def test_one_language_is_no_reason_for_rows() -> None:
    found = task_metrics("agnews", [answers(("en", 0, A), ("en", 1, A), task="agnews")])
    assert found.languages == {}
    assert "rotation_accuracy" not in found.values


def test_items_without_finite_scores_are_not_calibrated() -> None:
    good = [("en", 0, A), ("en", 1, A)]
    with_nan = task_metrics("paws", [answers(*good, ("en", 0, [NAN, -1.0]), task="paws")])
    without = task_metrics("paws", [answers(*good, task="paws")])
    assert with_nan.values["brier"].value == without.values["brier"].value
    assert with_nan.values["accuracy"] != without.values["accuracy"]
    hopeless = task_metrics("paws", [answers(("en", 0, [NAN, NAN]), task="paws")])
    assert math.isnan(hopeless.values["ece"].value)
