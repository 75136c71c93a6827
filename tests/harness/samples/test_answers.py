from __future__ import annotations

import numpy as np

from harness.samples.answers import SCHEMA, option_table, read_answers
from harness.samples.counts import Count
from harness.samples.sample import Sample
from tests.harness.made_samples import made_sample

NAN, INF = float("nan"), float("inf")


def sample(item_id: str, label: int, *scores: float) -> Sample:
    symbols = tuple("ABCD"[: len(scores)])
    named = {"id": item_id, "group": f"g-{item_id}", "gold": label}
    return made_sample(**named, symbols=symbols, log_likelihoods=scores)


def test_the_table_has_a_row_per_option() -> None:
    samples = [sample("x", 1, -3.0, -1.0, -2.0), sample("y", 0, -3.0, -1.0, -2.0)]
    table = option_table([read_answers("mnli", samples), read_answers("mnli", samples, 1)])
    assert table.schema.equals(SCHEMA)
    rows = table.to_pylist()
    assert len(rows) == 2 * 2 * 3
    assert rows[1] == {
        "task": "mnli",
        "item": 0,
        "id": "x",
        "lang": "en",
        "group": "g-x",
        "rotation": 0,
        "option": 1,
        "position": 1,
        "symbol": "B",
        "logprob": -1.0,
        "gold": True,
        "chosen": True,
    }
    rotated = rows[6:9]
    assert [(row["position"], row["option"]) for row in rotated] == [(0, 2), (1, 0), (2, 1)]
    assert [row["rotation"] for row in rotated] == [1, 1, 1]
    assert option_table([]).schema.equals(SCHEMA)


def test_items_may_have_fewer_options_than_others() -> None:
    answers = read_answers("mnli", [sample("x", 0, -1.0, -2.0), sample("y", 2, -3.0, -4.0, -1.0)])
    assert answers.symbols == ("A", "B", "C")
    assert answers.log_probabilities.tolist() == [[-1.0, -2.0, -INF], [-3.0, -4.0, -1.0]]
    assert answers.is_finite.all()
    assert len(option_table([answers])) == 5


def test_ties_and_nan_are_answered_as_by_lm_eval() -> None:
    samples = [sample("x", 0, -1.0, -1.0), sample("y", 1, -1.0, NAN), sample("z", 0, -INF, -1.0)]
    answers = read_answers("paws", samples)
    assert answers.chosen.tolist() == [0, 1, 1]
    assert answers.is_finite.tolist() == [True, False, False]
    assert answers.count == Count(2, 3)


def test_selected_items_keep_their_columns() -> None:
    samples = [sample("x", 0, -1.0, -2.0), sample("y", 1, -3.0, -1.0)]
    chosen = read_answers("paws", samples).select(np.array([False, True]))
    assert (chosen.ids, chosen.groups, chosen.langs) == (("y",), ("g-y",), ("en",))
    assert chosen.count == Count(1, 1)
