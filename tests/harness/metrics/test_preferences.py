"""How often one option is preferred to another."""

from __future__ import annotations

import math

import pytest

from harness.metrics.preferences import preferences
from mceval8k.registry import all_tasks, get_task


def sample(group, scores, stereotype, anti):
    doc = {
        **{"id": group, "lang": "en", "question": "?", "options": ["a", "b", "c"], "label": 0},
        **{"group": group, "prompt_symbols": ["A", "B", "C"]},
        **{"stereotype": stereotype, "anti-stereotype": anti},
    }
    logged = [(score, False) for score in scores]
    return {"doc_id": 0, "doc": doc, "acc": 0.0, "filtered_resps": logged}


def test_the_stereotype_score_by_hand():
    samples = [
        sample("a", (-1.0, -2.0, -0.1), 0, 1),  # the stereotype is preferred
        sample("b", (-1.0, -2.0, -0.1), 1, 0),  # it is not
        sample("c", (-0.1, -3.0, -3.0), 1, 2),  # a tie
        sample("d", (-9.0, -3.0, -2.0), 2, 0),  # preferred
    ]
    found = preferences(get_task("stereoset"), samples)["stereotype_score"]
    assert found.value == pytest.approx(2.5 / 4)
    assert math.isnan(found.low)  # of four groups
    many = [
        {**one, "doc": {**one["doc"], "group": f"{copy}{one['doc']['group']}"}}
        for one in samples
        for copy in range(3)
    ]
    found = preferences(get_task("stereoset"), many)["stereotype_score"]
    assert 0 <= found.low < found.value < found.high <= 1


def test_other_tasks_have_none():
    assert preferences(get_task("agnews"), [sample("a", (0.0, 0.0), 0, 1)]) == {}
    assert [task.name for task in all_tasks().values() if task.preferences] == ["stereoset"]


def test_preferences_name_columns():
    for task in all_tasks().values():
        for columns in task.preferences.values():
            assert set(columns) <= set(task.raw_columns)
