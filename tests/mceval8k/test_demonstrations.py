"""Demonstrations: balanced, drawn by seed, never of a barred group."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mceval8k.errors import DataError, UsageError
from mceval8k.prompts.demonstrations import (
    demonstrations_by_language,
    most_demonstrations,
    select_demonstrations,
    shots,
)
from mceval8k.registry import get_task
from mceval8k.task import Item

LANGUAGES = ("en", "fr", "de", "zh", "es")


def items(count: int, labels: int = 4, groups: int | None = None) -> list[Item]:
    return [
        {
            "id": f"t-{n}",
            "label": n % labels,
            "group": f"g{n if groups is None else n % groups}",
            "lang": LANGUAGES[n // labels % 5],
        }
        for n in range(count)
    ]


@given(st.integers(1, 12), st.integers(0, 99), st.randoms(use_true_random=False))
def test_balanced_and_independent_of_row_order(count: int, seed: int, rng: random.Random) -> None:
    train = items(60)
    chosen = select_demonstrations(train, count, seed=seed)
    rng.shuffle(train)
    assert select_demonstrations(train, count, seed=seed) == chosen
    frequency = Counter(item["label"] for item in chosen)
    assert len(chosen) == count
    assert max(frequency.values()) - min(frequency.get(label, 0) for label in range(4)) <= 1


def test_one_demonstration_is_not_always_the_same_label() -> None:
    labels = {select_demonstrations(items(60), 1, seed=seed)[0]["label"] for seed in range(20)}
    assert labels == {0, 1, 2, 3}


@given(st.sets(st.integers(0, 19), max_size=15), st.integers(0, 9))
def test_barred_groups_never_appear(barred: set[int], seed: int) -> None:
    groups = {f"g{n}" for n in barred}
    chosen = select_demonstrations(items(60, groups=20), 4, seed=seed, barred_groups=groups)
    assert not groups & {item["group"] for item in chosen}
    assert len({item["group"] for item in chosen}) == 4


@given(st.sets(st.integers(0, 19), max_size=20), st.sampled_from(["xnli", "lti"]))
def test_as_many_as_there_are_can_be_drawn_and_not_one_more(barred: set[int], name: str) -> None:
    task, train, groups = get_task(name), items(60, groups=20), {f"g{n}" for n in barred}
    most = most_demonstrations(task, train, LANGUAGES, groups)
    more = {"languages": LANGUAGES, "barred_groups": groups}
    shown = demonstrations_by_language(task, train, most, **more)
    assert {len(of) for of in shown.values()} == {most}
    with pytest.raises(DataError):
        demonstrations_by_language(task, train, most + 1, **more)


def test_too_few_are_left() -> None:
    barred = {f"g{n}" for n in range(58)}
    with pytest.raises(DataError, match="4 demonstrations requested, but train has 2 items"):
        select_demonstrations(items(60), 4, barred_groups=barred)


def test_none_of_an_empty_split() -> None:
    assert select_demonstrations([], 0) == ()
    with pytest.raises(DataError, match="has 0 items"):
        select_demonstrations([], 1)


def test_each_language_gets_its_own() -> None:
    shown = demonstrations_by_language(get_task("xnli"), items(120, labels=3), 3)
    assert {lang: {item["lang"] for item in chosen} for lang, chosen in shown.items()} == {
        lang: {lang} for lang in LANGUAGES
    }


def test_language_identification_shows_every_language_the_same_ones() -> None:
    """Demonstrations in the item's own language would all have its answer."""
    train = [item | {"label": LANGUAGES.index(item["lang"])} for item in items(120, labels=3)]
    shown = demonstrations_by_language(get_task("lti"), train, 5)
    assert len(set(map(str, shown.values()))) == 1
    assert {item["label"] for item in shown["de"]} == {0, 1, 2, 3, 4}


def test_shots() -> None:
    assert shots("balanced", get_task("commonsenseqa")) == 5
    assert shots("3", get_task("ner")) == shots(3, get_task("ner")) == 3
    for wrong in ("-1", "many", "1.5"):
        with pytest.raises(UsageError, match="balanced"):
            shots(wrong, get_task("ner"))
