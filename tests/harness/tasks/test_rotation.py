from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from datasets import ClassLabel, Dataset
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.rotation_metrics import rotation_metrics
from harness.samples.answers import Answers
from harness.tasks.rotation import (
    original_option,
    rotate,
    rotate_items,
    rotated_name,
    shown_position,
)
from mceval8k.errors import DataError

GOLD = np.array([0, 1, 2, 3, 0, 1])


def test_options_move_on_and_the_last_comes_first() -> None:
    assert rotate(["a", "b", "c"], 1) == ["c", "a", "b"]
    assert rotated_name("mceval8k_agnews", 0) == "mceval8k_agnews"
    assert rotated_name("mceval8k_agnews", 2) == "mceval8k_agnews_rotation2"


@given(st.lists(st.text(), min_size=2, max_size=5), st.integers(0, 9))
def test_rotation_is_pythons_own(options: list[str], rotation: int) -> None:
    expected = deque(options)
    expected.rotate(rotation)
    assert rotate(options, rotation) == list(expected)
    for option in range(len(options)):
        position = shown_position(option, rotation, len(options))
        assert original_option(position, rotation, len(options)) == option


def test_gold_follows_its_option_and_the_rest_stays() -> None:
    rows = {"id": ["x", "y"], "options": [["a", "b", "c"], ["d", "e"]], "label": [2, 0]}
    items = Dataset.from_dict(rows)
    shown = rotate_items(items, 1)
    assert shown.to_list() == [
        {"id": "x", "options": ["c", "a", "b"], "label": 0},
        {"id": "y", "options": ["e", "d"], "label": 1},
    ]
    assert rotate_items(items, 0) is items


def test_names_of_labels_do_not_outlive_the_rotation() -> None:
    items = Dataset.from_dict({"id": ["x"], "options": [["World", "Sports"]], "label": [0]})
    items = items.cast_column("label", ClassLabel(names=["World", "Sports"]))
    shown = rotate_items(items, 1)
    assert shown[0] == {"id": "x", "options": ["Sports", "World"], "label": 1}
    assert not isinstance(shown.features["label"], ClassLabel)


def answers(chosen: list[int] | np.ndarray, rotation: int) -> Answers:
    """Answers to six items of four options, given the position chosen of each."""
    scores = np.full((len(GOLD), 4), -9.0)
    scores[np.arange(len(GOLD)), chosen] = -1.0
    return Answers(
        task="agnews",
        rotation=rotation,
        symbols=("A", "B", "C", "D"),
        ids=tuple("uvwxyz"),
        langs=("en",) * len(GOLD),
        groups=tuple("uvwxyz"),
        log_probabilities=scores,
        n_options=np.full(len(GOLD), 4),
        gold=(GOLD + rotation) % 4,
    )


def values(rotations: list[Answers]) -> list[float]:
    return [estimate.value for estimate in rotation_metrics(rotations).values()]


def test_a_model_that_always_says_a_is_found_out() -> None:
    always_first = [answers(np.zeros(6, dtype=int), rotation) for rotation in range(4)]
    assert values(always_first) == [0.25, 0, 0, 0.75]


def test_a_model_that_knows_is_right_everywhere() -> None:
    knows = [answers((GOLD + rotation) % 4, rotation) for rotation in range(4)]
    assert values(knows) == [1, 1, 1, 0]


def test_a_model_that_sticks_to_a_wrong_option_is_consistent() -> None:
    wrong = [answers((GOLD + 1 + rotation) % 4, rotation) for rotation in range(4)]
    assert values(wrong) == [0, 0, 1, 0]


def test_half_right_by_hand() -> None:
    """Two rotations; the first three items right in both, the next two in one, the last in none."""
    first = answers([0, 1, 2, 3, 1, 2], 0)
    second = answers([1, 2, 3, 1, 1, 3], 1)
    found = rotation_metrics([first, second])
    assert found["rotation_accuracy"].value == pytest.approx((3 + 2 * 0.5) / 6)
    assert found["rotation_all_right"].value == pytest.approx(3 / 6)
    # Item 6 is answered with option 2 both times, items 4 and 5 with two options.
    assert found["rotation_consistent"].value == pytest.approx(4 / 6)


def test_rotations_of_other_items_are_refused() -> None:
    first = answers(GOLD, 0)
    with pytest.raises(DataError, match="agnews"):
        rotation_metrics([first, replace(answers(GOLD, 1), ids=tuple("zyxwvu"))])
