from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from harness.metrics.calibration import calibration
from harness.metrics.reliability import BINS, bin_of

ROWS = st.lists(
    st.tuples(st.lists(st.floats(-20, 0), min_size=3, max_size=3), st.integers(0, 2)),
    min_size=2,
    max_size=30,
)


def groups(n: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(n))


def test_two_items_by_hand() -> None:
    found = calibration(np.log([[0.80, 0.20], [0.65, 0.35]]), np.array([0, 1]), groups(2))
    # (0.2² + 0.2²) and (0.65² + 0.65²), and each item alone in its bin.
    assert found.brier.value == pytest.approx((0.08 + 0.845) / 2)
    assert found.ece.value == pytest.approx((abs(1 - 0.80) + abs(0 - 0.65)) / 2)
    assert found.option_mass.value == pytest.approx(1)
    assert [(part.n, part.accuracy) for part in found.bins] == [(1, 0.0), (1, 1.0)]
    assert [part.confidence for part in found.bins] == pytest.approx([0.65, 0.80])


def test_option_mass_is_what_the_softmax_takes_away() -> None:
    whole = calibration(np.log([[0.6, 0.3], [0.2, 0.5]]), np.array([0, 0]), groups(2))
    tenth = calibration(np.log([[0.06, 0.03], [0.02, 0.05]]), np.array([0, 0]), groups(2))
    assert tenth.option_mass.value == pytest.approx(whole.option_mass.value / 10)
    assert tenth.brier.value == pytest.approx(whole.brier.value)
    assert tenth.ece.value == pytest.approx(whole.ece.value)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_uniform_guess(n: int) -> None:
    found = calibration(np.full((n, n), -4.0), np.arange(n), groups(n))
    assert found.brier.value == pytest.approx(1 - 1 / n)
    assert found.ece.value == pytest.approx(0, abs=1e-12)  # right as often as it says


def test_positions_beyond_an_items_options_count_for_nothing() -> None:
    short = calibration(np.log([[0.7, 0.3], [0.2, 0.8]]), np.array([0, 0]), groups(2))
    padded = np.concatenate([np.log([[0.7, 0.3], [0.2, 0.8]]), np.full((2, 1), -np.inf)], axis=1)
    assert calibration(padded, np.array([0, 0]), groups(2)).brier.value == short.brier.value


def test_two_options_have_twice_the_binary_brier_score() -> None:
    generator = np.random.default_rng(0)
    second, gold = generator.uniform(0.01, 0.99, 50), generator.integers(0, 2, 50)
    found = calibration(np.log(np.column_stack([1 - second, second])), gold, groups(50))
    assert found.brier.value == pytest.approx(2 * brier_score_loss(gold, second))


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_ece_is_that_of_a_plain_loop(rows: list[tuple[list[float], int]]) -> None:
    scores = np.array([row for row, _ in rows])
    gold = np.array([label for _, label in rows])
    expected = 0.0
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    for b in range(BINS):
        inside = [
            (p.max(), p.argmax() == label)
            for p, label in zip(probabilities, gold, strict=True)
            if bin_of(p.max()) == b
        ]
        if inside:
            confidence, right = (np.mean(column) for column in zip(*inside, strict=True))
            expected += len(inside) / len(rows) * abs(confidence - right)
    found = calibration(scores, gold, groups(len(rows)))
    assert found.ece.value == pytest.approx(expected, abs=1e-9)
    assert 0 <= found.brier.value <= 2
    assert sum(part.n for part in found.bins) == len(rows)


def test_bins_are_open_below_and_closed_above() -> None:
    assert bin_of(np.array([1.0, 1e-9, 0.0, 1 / BINS, 1 / BINS + 1e-9])).tolist() == [
        BINS - 1,
        0,
        0,
        0,
        1,
    ]


def test_without_items_there_are_no_values() -> None:
    found = calibration(np.empty((0, 3)), np.empty(0, dtype=np.int64), ())
    assert math.isnan(found.brier.value)
    assert math.isnan(found.ece.value)
    assert found.bins == ()


def test_a_calibrated_model_lies_in_the_range_of_calibrated_models() -> None:
    generator = np.random.default_rng(1)
    inside = 0
    for _ in range(200):
        sure = generator.uniform(0.5, 1, 300)
        gold = (generator.random(300) > sure).astype(np.int64)  # option 0 has probability `sure`
        logs = np.log(np.stack([sure, 1 - sure], axis=1))
        found = calibration(logs, gold, groups(300))
        inside += found.ece_if_calibrated.low <= found.ece.value <= found.ece_if_calibrated.high
        assert math.isnan(found.ece.low)
    assert 0.92 <= inside / 200 <= 0.98  # 0.95 ± 2 standard errors


def test_an_overconfident_model_lies_above_it() -> None:
    logs = np.log(np.full((400, 2), 0.05) + np.array([0.9, 0]))
    gold = (np.arange(400) % 3 == 0).astype(np.int64)
    found = calibration(logs, gold, groups(400))
    assert found.ece.value > 2 * found.ece_if_calibrated.high
