"""The leak study where it is known what is remembered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.features import Features
from neurgrad_eval.properties.leak import LeakSettings, _without_others, leak, shared

SETTINGS = LeakSettings(("lm-prob", "magnitude", "tree"), neurons=16, draws=2)


def join(first, second):
    """Items of two parts, one after the other."""
    arrays = (
        np.concatenate([getattr(first.features, name), getattr(second.features, name)])
        for name in ("codes", "activations", "probabilities", "labels")
    )
    texts = (
        getattr(first, name) + getattr(second, name)
        for name in ("ids", "groups", "languages", "questions")
    )
    return replace(
        first,
        features=Features(*arrays, first.features.widths),
        **dict(zip(("ids", "groups", "languages", "questions"), texts, strict=True)),
    )


@pytest.fixture(scope="module")
def leaky(planted, part):
    """Features that tell nothing; 20 of 100 test items are training items."""
    run = planted(train=80, test=80)
    return replace(run, test=join(run.train.take(np.arange(20)), run.test))


def test_remembering_is_found_where_it_is(leaky, planted):
    found = leak(leaky, planted(seed=5), SETTINGS)
    first, second = found.counts
    assert (first.test_items, first.leaked, first.training_items, first.giving_away) == (
        100, 20, 80, 20
    )  # fmt: skip
    assert (second.leaked, second.giving_away) == (0, 0)
    refitted = {row.probe: row for row in found.refitted}
    assert (refitted["tree"].items, refitted["tree"].left_out) == (20, 20)
    assert refitted["tree"].with_leaks.value == 1
    assert refitted["tree"].inflation.low > 0.3
    assert refitted["lm-prob"].inflation.value == 0
    within = {row.probe: row for row in found.within}
    assert {row.edition for row in found.within} == {"leaky"}
    assert within["tree"].difference.low > 0.3
    assert within["lm-prob"].difference.low < 0 < within["lm-prob"].difference.high
    between = {row.probe: row for row in found.between}
    assert between["tree"].inflation.value == pytest.approx(
        between["tree"].leaky.value - between["tree"].clean.value
    )
    assert between["tree"].inflation.value > between["lm-prob"].inflation.value


def test_without_a_leak_nothing_is_compared(planted):
    found = leak(planted(range(8)), settings=SETTINGS)
    assert found.counts[0].leaked == 0
    assert found.within == found.refitted == found.between == ()


def test_an_item_is_shared_by_group_or_by_question(part):
    train = part(4, name="train")
    test = replace(
        part(4, name="test"),
        groups=("train-0", "x", "y", "z"),
        questions=("a", "train-1", "b", "c"),
    )
    assert shared(test, train).tolist() == [True, True, False, False]
    assert shared(train, test).tolist() == [True, True, False, False]


def test_what_is_left_out_instead_has_the_same_labels():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    given = np.array([True, False, False, True, True, False, False])
    for seed in range(8):
        kept = _without_others(labels, given, seed)
        assert set(kept[given[kept]]) == {0, 3, 4}
        assert np.bincount(labels[kept]).tolist() == [2, 2]


def test_too_few_others_to_leave_out(planted):
    run = planted(train=16, test=16)
    found = leak(replace(run, test=run.train), settings=SETTINGS)
    assert found.counts[0].leaked == 16
    assert found.refitted == ()
    assert found.within == ()


def test_runs_of_other_tasks_are_refused(planted):
    other = replace(planted(), about={**planted().about, "task": "ner"})
    with pytest.raises(UsageError, match="differ in task"):
        leak(planted(), other)
