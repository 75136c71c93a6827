"""Items as they are asked: which, in which order, and after which common beginning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.engine.joint_shifts import NOTHING, JointShift, shift_jointly
from neurgrad_eval.engine.question import ask
from neurgrad_eval.inputs.items import Asker, Items, given_items, plan_items
from neurgrad_eval.inputs.options import ItemInput
from neurgrad_eval.inputs.plan import make_plan

PROMPTS = ["Choose: blue", "Choose: brown", "Choose: red"]
JOBS = [NOTHING, JointShift.of([3, 30], [1.0, -1.0], [24] * 3)]


@pytest.fixture
def plan(probing_edition):
    asked = ItemInput(
        edition=str(probing_edition), task="agnews", train_size=8, test_size=6, validation_size=0
    )
    return make_plan(asked)


def test_the_items_of_a_plan(plan):
    test, train = plan_items(plan, "test", 2), plan_items(plan, "train")
    assert [item.number for item in test.whole] == list(range(6))
    assert [item.id for item in test.chosen] == [item["id"] for item in plan.sample.test[:2]]
    assert [item.prompt for item in train.chosen] == list(plan.prompts[:8])
    assert [item.prompt for item in test.whole] == list(plan.prompts[8:])
    first = test.chosen[0]
    assert first.answers == plan.answers
    assert (first.label, first.group) == (
        plan.sample.test[0]["label"],
        plan.sample.test[0]["group"],
    )
    assert test.about == plan.about()


def test_languages_come_one_after_the_other(plan):
    languages = ["fr", "en", "fr", "en", "de", "en"]
    spoken = [
        {**item, "lang": lang} for item, lang in zip(plan.sample.test, languages, strict=True)
    ]
    other = replace(plan, sample=replace(plan.sample, test=tuple(spoken)))
    items = plan_items(other, "test", 4)
    assert [item.number for item in items.whole] == [4, 1, 3, 5, 0, 2]
    assert [item.number for item in items.chosen] == [1, 3, 0, 2]


def test_items_are_asked_as_if_alone(tiny):
    items = given_items(tiny, PROMPTS, [" A", " B"], [0, 1, 0])
    asker = Asker(tiny, items)
    for item in items.whole:
        question = asker.ask(item)
        for place, answer in enumerate(item.answers):
            expected = shift_jointly(ask(tiny, item.prompt, answer), JOBS)[:, 0]
            found = shift_jointly(question, JOBS)[:, place]
            np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_beginning_is_that_of_all_items_of_the_language(tiny, run_tokens):
    """Whichever are asked: "Choose: " of all three, not "Choose: b" of the two."""
    whole = given_items(tiny, PROMPTS, [" A", " B"], [0, 1, 0]).whole
    others = tuple(replace(item, language="fr", prompt=f"Oui?{item.prompt}") for item in whole)
    items = Items((*whole, *others), {}, limit=2)
    asker = Asker(tiny, items)
    for item in items.chosen[:3]:
        asker.ask(item)
    beginning, second = len("Choose: "), len("Oui?Choose: ")
    assert run_tokens == [beginning, len("blu"), len("brow"), second, len("blu")]


def test_given_items_have_groups_and_a_digest(tiny):
    alone = given_items(tiny, PROMPTS, [[" A", " B"], [" B", " C"], [" A", " C"]], [0, 1, 0])
    assert [item.group for item in alone.whole] == ["0", "1", "2"]
    assert alone.whole[1].answers == (" B", " C")
    grouped = given_items(tiny, PROMPTS, [" A", " B"], [0, 1, 0], ["x", "x", "y"])
    assert [item.group for item in grouped.whole] == ["x", "x", "y"]
    assert len({alone.about["items_digest"], grouped.about["items_digest"]}) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": [0, 1]}, "2 labels for 3 prompts"),
        ({"groups": ["a"]}, "1 groups for 3 prompts"),
        ({"labels": [0, 2, 1]}, "prompt 1: label 2 is none of 2 answers"),
        ({"answers": [" A", " BC"]}, "not one token"),
    ],
)
def test_items_that_do_not_fit_together_are_named(tiny, changes, words):
    given = {"answers": [" A", " B"], "labels": [0, 1, 0], "groups": None} | changes
    with pytest.raises(UsageError, match=words):
        given_items(tiny, PROMPTS, *given.values())
