from __future__ import annotations

import pytest

from harness.samples.counts import Count
from harness.samples.sample import Sample
from harness.samples.scores import averages, score_task
from mceval8k import get_task
from tests.harness.made_samples import made_sample

NAN, INF = float("nan"), float("inf")


def sample(acc: float, *scores: float) -> Sample:
    return made_sample(verdict=acc, log_likelihoods=scores)


def test_counts_ties_and_scores_that_are_not_finite() -> None:
    samples = [
        sample(1.0, -1.0, -2.0, -3.0, -4.0),
        sample(0.0, -1.0, -1.0, -3.0, -4.0),  # a tie for the first place
        sample(0.0, -1.0, -3.0, -3.0, -4.0),  # a tie that decides nothing
        sample(1.0, NAN, -1.0, -1.0, -1.0),
        sample(0.0, -INF, -1.0, -2.0, -3.0),
    ]
    score = score_task(get_task("agnews"), samples, 4)
    assert score.count == Count(2, 5)
    assert (score.ties, score.non_finite) == (1, 2)
    assert (score.chance, score.num_fewshot) == (0.25, 4)


def test_chance_follows_the_options_of_each_item() -> None:
    samples = [sample(1.0, -1.0, -2.0), sample(1.0, -1.0, -2.0, -3.0, -4.0)]
    assert score_task(get_task("agnews"), samples, 0).chance == 0.375


def test_averages_group_tasks_by_genre() -> None:
    right, wrong = [sample(1.0, -1.0, -2.0)] * 10, [sample(0.0, -1.0, -2.0)] * 10
    scores = [
        score_task(get_task("paws"), right, 0),
        score_task(get_task("agnews"), wrong, 0),
        score_task(get_task("imdb"), wrong, 0),
    ]
    both = averages(scores)
    assert both.micro.value == pytest.approx(1 / 3)
    assert both.genre_macro.value == pytest.approx(1 / 2)
