"""The leak study where it is known what is remembered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurgrad_eval import leak
from neurgrad_eval.experiments.leak import shared, without_others
from neurgrad_eval.features.features import Features

SETTINGS = {"probes": ("lm-prob", "magnitude", "tree"), "neurons": 16, "draws": 2}


def join(first, second):
    """Features of two parts, one after the other."""
    arrays = ("codes", "activations", "probabilities", "labels")
    texts = ("ids", "groups", "languages", "questions")
    return Features(
        **{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in arrays},
        **{name: getattr(first, name) + getattr(second, name) for name in texts},
        widths=first.widths,
    )


@pytest.fixture(scope="module")
def leaky(planted):
    """Features that tell nothing; 20 of 100 test items are training items."""
    run = planted(train=80, test=80)
    return run.train, join(run.train.take(np.arange(20)), run.test)


def test_remembering_is_found_where_it_is(leaky, planted, rows_of):
    clean = planted(seed=5)
    found = leak(leaky, (clean.train, clean.test), **SETTINGS)
    first, second = rows_of(found, "counts")
    assert (first.test_items, first.leaked, first.training_items, first.giving_away) == (
        100, 20, 80, 20
    )  # fmt: skip
    assert (second.leaked, second.giving_away) == (0, 0)
    refitted = {row.probe: row for row in rows_of(found, "refitted")}
    assert (refitted["tree"].items, refitted["tree"].left_out) == (20, 20)
    assert refitted["tree"].with_leaks == 1
    assert refitted["tree"].inflation_low > 0.3
    assert refitted["lm-prob"].inflation == 0
    within = {row.probe: row for row in rows_of(found, "within")}
    assert {row.edition for row in within.values()} == {"leaky"}
    assert within["tree"].difference_low > 0.3
    assert within["lm-prob"].difference_low < 0 < within["lm-prob"].difference_high
    between = {row.probe: row for row in rows_of(found, "between")}
    assert between["tree"].inflation == pytest.approx(between["tree"].leaky - between["tree"].clean)
    assert between["tree"].inflation > between["lm-prob"].inflation
    assert [view.table for view in found.views()] == ["counts", "refitted", "within", "between"]
    assert found.plot("Refitted").layout.xaxis.title.text == "difference of accuracy"


def test_without_a_leak_nothing_is_compared(planted, rows_of):
    run = planted(range(8))
    found = leak((run.train, run.test), **SETTINGS)
    assert list(found.tables) == ["counts"]
    assert rows_of(found, "counts")[0].leaked == 0


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
        kept = without_others(labels, given, seed)
        assert set(kept[given[kept]]) == {0, 3, 4}
        assert np.bincount(labels[kept]).tolist() == [2, 2]


def test_of_few_groups_no_interval_is_known(leaky, rows_of):
    """Twenty leaked test items that are all of one group."""
    train, test = leaky
    test = replace(test, groups=(train.groups[0],) * 20 + test.groups[20:])
    train = replace(train, groups=(train.groups[0],) * 20 + train.groups[20:])
    found = leak((train, test), **{**SETTINGS, "probes": ("magnitude",)})
    (refitted,), (within,) = rows_of(found, "refitted"), rows_of(found, "within")
    assert (refitted.items, refitted.left_out) == (20, 20)
    assert np.isnan([refitted.inflation_low, refitted.inflation_high, within.on_leaked_low]).all()
    assert np.isfinite([refitted.inflation, within.on_leaked, within.on_others_low]).all()


def test_too_few_others_to_leave_out(planted, rows_of):
    run = planted(train=16, test=16)
    found = leak((run.train, run.train), **SETTINGS)
    assert rows_of(found, "counts")[0].leaked == 16
    assert list(found.tables) == ["counts"]


def test_runs_are_compared(neurgrad, planted, stored, tmp_path):
    first = stored(planted(range(8), train=24, test=24), tmp_path / "leaky")
    second = stored(planted(range(8), train=24, test=24, seed=2), tmp_path / "clean")
    status, said, err = neurgrad("leak", first, second, probes="lm-prob,magnitude")
    assert status == 0, err
    assert "Between editions" in said
    ner = replace(planted(), about={**planted().about, "task": "ner"})
    third = stored(ner, tmp_path / "other")
    status, _, err = neurgrad("leak", first, third)
    assert status == 2
    assert "the runs differ in task: 'agnews' in the leaky one, 'ner' in the clean one" in err
    assert "one on the clean edition at most" in neurgrad("leak", first, second, third)[2]


def test_runs_of_one_edition_are_not_compared(neurgrad, planted, stored, tmp_path):
    one = replace(planted(), about={**planted().about, "edition_digest": "1f"})
    folders = [stored(one, tmp_path / name) for name in ("leaky", "clean")]
    status, _, err = neurgrad("leak", *folders)
    assert (status, "both runs are of one edition" in err) == (2, True)
