"""Conditions: what is varied, and how it is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.inputs.conditions import (
    conditions_of,
    folders,
    parse_variation,
    parse_variations,
)
from neurgrad_eval.inputs.options import ItemInput

BASE = ItemInput(
    edition="e", task="agnews", train_size=12, test_size=8, validation_size=0, num_fewshot=1
)


@pytest.mark.parametrize(
    ("text", "factor", "values"),
    [
        ("pack=default, formal", "pack", ("default", "formal")),
        ("symbols=lower,digits,lower", "pack", ("lower", "digits")),
        ("num_fewshot=0,balanced", "shots", ("0", "balanced")),
        ("language", "language", ()),
    ],
)
def test_variations(text, factor, values):
    found = parse_variation(text)
    assert (found.factor, found.values) == (factor, values)


@pytest.mark.parametrize("text", ["mood=a,b", "pack=default", "language=en,de", "pack"])
def test_variations_that_cannot_be(text):
    with pytest.raises(UsageError, match="--vary"):
        parse_variation(text)


def test_variations_keep_their_own_names():
    found = parse_variations(["wording=default,formal", "symbols=default,lower", "shots=0,4"])
    assert list(found) == ["wording", "symbols", "shots"]
    assert [one.factor for one in found.values()] == ["pack", "pack", "shots"]
    with pytest.raises(UsageError, match="pack is varied twice; join the two, or call one of them"):
        parse_variations(["pack=default,formal", "pack=default,lower"])
    with pytest.raises(UsageError, match="shots is varied twice; join the two"):
        parse_variations(["shots=0,1", "shots=0,4"])


def varied(text, base=BASE):
    return conditions_of(base, parse_variation(text))


def test_one_thing_differs():
    assert [c.options.num_fewshot for c in varied("shots=0,balanced").values()] == [0, "balanced"]
    assert [c.options.seed for c in varied("seed=3,4").values()] == [3, 4]
    assert [c.options.task for c in varied("task=agnews,ner").values()] == ["agnews", "ner"]
    (everything,) = varied("language").values()
    assert everything.options == BASE
    for condition in varied("shots=0,2").values():
        assert replace(condition.options, num_fewshot=1) == BASE


@pytest.mark.parametrize("text", ["seed=1,x", "shots=0,-1", "demonstrations=0,x"])
def test_values_that_cannot_be(text):
    with pytest.raises(UsageError, match="--vary"):
        varied(text)


def test_without_demonstrations_there_are_no_others():
    with pytest.raises(UsageError, match="prompts have none"):
        varied("demonstrations=0,1", replace(BASE, num_fewshot=0))


def test_one_run_serves_all_comparisons_it_belongs_to():
    conditions = [*varied("pack=default,formal").values(), *varied("demonstrations=0,1").values()]
    assert conditions[0] == conditions[2]
    assert len(folders(conditions)) == len(set(folders(conditions).values())) == 3


def test_packs_of_one_file_name_are_two_conditions():
    found = folders(varied("pack=a/mine.yaml,b/mine.yaml").values())
    assert list(found.values()) == [
        "agnews--mine--shots-1--seed-0", "agnews--mine--shots-1--seed-0-2"
    ]  # fmt: skip


def test_other_demonstrations_of_the_same_items(probing_edition):
    base = replace(BASE, edition=str(probing_edition))
    first, second = (one.plan() for one in varied("demonstrations=0,1", base).values())
    assert first.sample.items == second.sample.items
    assert first.sample.demonstrations != second.sample.demonstrations
    assert first.about()["prompts_digest"] != second.about()["prompts_digest"]
    shown = {item["id"] for shots in second.sample.demonstrations.values() for item in shots}
    assert shown & {item["id"] for item in second.sample.items} == set()
    assert second.prompts[0].endswith(first.prompts[0].split("\n\n")[-1])
