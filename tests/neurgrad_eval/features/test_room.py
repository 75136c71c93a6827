"""Features beyond the budget of memory: the same numbers, in memory that does not grow."""

from __future__ import annotations

import tempfile
import tracemalloc
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.features import room
from neurgrad_eval.features.codes import encode
from neurgrad_eval.features.features import Features, empty_features, features_bytes
from neurgrad_eval.probes.evaluation import Evaluation, best_of, evaluate
from neurgrad_eval.probes.fitting import VOTING

WIDTHS, ANSWERS = (1_500, 2_500), 3
SIZES = {"train": 160, "test": 80}


@cache
def drawn(prompts: int, seed: int, budget: int) -> Features:
    """Random features whose first hundred neurons tell the answer."""
    labels = np.arange(prompts) % ANSWERS
    found = empty_features(labels.tolist(), ANSWERS, WIDTHS, budget=budget)
    for row, label in enumerate(labels):
        rng = np.random.default_rng((seed, row))
        gradients = rng.normal(size=(1, ANSWERS, sum(WIDTHS)))
        gradients[0, label, :100] += 1
        found.codes[row] = encode(gradients)[0]
        found.activations[row] = rng.normal(size=sum(WIDTHS)) + 0.3 * label
        found.probabilities[row] = rng.dirichlet([1] * ANSWERS)
    return found


def evaluated(budget: int, **options: Any) -> Evaluation:
    parts = [drawn(prompts, seed, budget) for seed, prompts in enumerate(SIZES.values())]
    options = {"probes": VOTING, "neurons": (64,), "null_draws": 2, "null_refits": 0} | options
    return evaluate(*parts, None, seed=0, **options)


def same(one: Evaluation, other: Evaluation) -> bool:
    answers = [(a.probe, a.neurons, a.ties, a.answers.tolist()) for a in one.answers]
    others = [(a.probe, a.neurons, a.ties, a.answers.tolist()) for a in other.answers]
    rankings = zip(one.rankings.values(), other.rankings.values(), strict=True)
    equal = all((a.scores == b.scores).all() and (a.order == b.order).all() for a, b in rankings)
    return answers == others and one.nulls == other.nulls and equal


def test_what_is_mapped_gives_the_same_numbers() -> None:
    probes = (*VOTING, "tree")
    inside, mapped = (evaluated(budget, probes=probes) for budget in (10**12, 0))
    assert same(inside, mapped)
    assert {row.null for row in inside.nulls} == {"permuted labels", "random neurons"}


def test_memory_does_not_grow_with_the_features() -> None:
    """Of voting probes and their nulls; numpy tells tracemalloc of all that is not mapped."""
    whole = sum(features_bytes(prompts, ANSWERS, WIDTHS) for prompts in SIZES.values())
    peaks = []
    for budget in (10**12, 0):
        drawn.cache_clear()
        tracemalloc.start()
        evaluated(budget)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] - whole
    assert not list(Path(tempfile.gettempdir()).glob("neurgrad-*"))


def test_views_of_what_is_mapped_are_mapped() -> None:
    found = drawn(6, 0, budget=0)
    part = found.take(slice(2, 5))
    assert room.is_mapped(part.codes)
    assert not room.is_mapped(part.codes.copy())
    assert not room.is_mapped(drawn(6, 0, budget=10**12).codes)
    together = room.columns_together(part.activations)
    assert together.flags.f_contiguous
    assert room.is_mapped(together)
    assert (together == part.activations).all()


def test_rows_come_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_BLOCK", 70)
    values = np.zeros((7, 10), np.int16)  # 20 bytes a row
    assert [(b.start, b.stop) for b in room.row_blocks(values)] == [(0, 3), (3, 6), (6, 9)]
    assert len(list(room.row_blocks(np.zeros((2, 1000))))) == 2


def test_a_disk_without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _path: SimpleNamespace(free=1000))
    with pytest.raises(UsageError, match=r"take 0\.0 GB of .*, where 0\.0 GB are free: set TMPDIR"):
        room.make_room((100, 11), np.uint8, mapped=True)
    assert room.make_room((100, 10), np.uint8, mapped=True).shape == (100, 10)


def test_half_of_what_is_free_is_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    free = SimpleNamespace(available=2 * features_bytes(6, ANSWERS, WIDTHS))
    monkeypatch.setattr(room.psutil, "virtual_memory", lambda: free)
    inside, mapped = (empty_features([0] * n, ANSWERS, WIDTHS) for n in (6, 7))
    assert (room.is_mapped(inside.codes), room.is_mapped(mapped.codes)) == (False, True)


def test_forest_and_regression_read_the_best_neurons() -> None:
    found = evaluated(10**12, probes=("tree", "logistic"), read_neurons=50)
    read = {given.probe: given.neurons for given in found.answers}
    assert (read["tree"], read["logistic"]) == (50, 50)
    train, test = (drawn(n, seed, 10**12) for seed, n in enumerate(SIZES.values()))
    few, _ = best_of(train, test, 50)
    assert few.widths == (50, 0)  # those that tell are of the first layer
    assert (few.codes[:, few.n_neurons - 1] == train.codes[:, :100].T).all(axis=1).any()
    assert best_of(train, test, 10**6)[0] is train
    right = [(given.answers == test.labels).mean() for given in found.answers]
    assert right[1] > 0.9 > right[0]  # beyond LM-Prob, which is drawn
