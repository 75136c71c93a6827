from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from harness.metrics.position_bias import marginal_homogeneity, one_hot, total_variation


def distance(gold: list[int], chosen: list[int], n: int) -> float:
    return total_variation(one_hot(np.array(gold), n), one_hot(np.array(chosen), n)).value


def test_distance_by_hand() -> None:
    assert distance([0, 1, 2, 3], [0, 0, 0, 0], 4) == pytest.approx(0.75)
    assert distance([0, 1, 2, 3], [3, 2, 1, 0], 4) == 0  # all wrong, but no symbol is preferred
    assert distance([0, 0, 1, 1], [1, 1, 1, 0], 2) == pytest.approx(0.25)


def from_table(table: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    cells = [(r, c) for r, row in enumerate(table) for c, n in enumerate(row) for _ in range(n)]
    gold, chosen = zip(*cells, strict=True)
    return np.array(gold), np.array(chosen)


def test_textbook_value_of_the_test() -> None:
    # The example of R's DescTools::StuartMaxwellTest: 13.765 with 2 degrees, p = 0.001026.
    gold, chosen = from_table([[20, 10, 5], [3, 30, 15], [0, 5, 40]])
    statistic, p_value = marginal_homogeneity(gold, chosen, 3)
    assert statistic == pytest.approx(13.765, abs=5e-4)
    assert p_value == pytest.approx(0.001026, abs=5e-7)


def test_of_two_positions_it_is_mcnemars() -> None:
    statistic, p_value = marginal_homogeneity(*from_table([[7, 12], [4, 9]]), 2)
    assert statistic == pytest.approx((12 - 4) ** 2 / (12 + 4))
    assert p_value == pytest.approx(chi2.sf(4, 1))


def test_a_position_that_is_never_used_changes_nothing() -> None:
    gold, chosen = from_table([[20, 10, 5], [3, 30, 15], [0, 5, 40]])
    assert marginal_homogeneity(gold, chosen, 5) == pytest.approx(
        marginal_homogeneity(gold, chosen, 3)
    )


def test_answers_at_their_golds_positions_are_no_evidence() -> None:
    same = np.array([0, 1, 2, 2])
    assert marginal_homogeneity(same, same, 3) == (0, 1)
