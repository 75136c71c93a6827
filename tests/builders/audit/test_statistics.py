"""Statistics, worked by hand, and when an imbalance is told."""

from __future__ import annotations

import pytest

from builders.audit.balance import balance_test
from builders.audit.statistics import imbalance, lower_bound


def test_imbalance():
    found = imbalance([60, 40])
    assert found.statistic == pytest.approx(4)  # 10²/50 twice
    assert found.p_value == pytest.approx(0.0455, abs=1e-4)
    assert found.effect == pytest.approx(0.2)
    assert imbalance([5, 5, 5]).p_value == 1
    assert imbalance([]).effect == imbalance([7]).effect == 0


def test_lower_bound():
    assert lower_bound(0, 0) == 0
    assert lower_bound(50, 100) == pytest.approx(0.5 - 3.29 / (2 * (100 + 3.29**2) ** 0.5))


def told(**counts):
    """Severity of what is told, if the test is significant on its own."""
    tests = balance_test("check", "train", "things", counts)
    return [each.finding.severity for each in tests if each.finding and each.p_value < 0.01]


def test_a_trifle_in_a_large_data_set_is_not_told():
    assert imbalance([50_600, 49_400]).p_value < 0.001
    assert told(a=50_600, b=49_400) == []
    assert told(a=6, b=4) == []
    assert told(a=6_000, b=4_000) == ["info"]
    assert told(a=8_000, b=2_000) == ["warning"]
