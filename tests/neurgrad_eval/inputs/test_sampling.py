from collections import Counter

import pytest
import typer
from typer.testing import CliRunner

from mceval8k.errors import DataError, UsageError
from mceval8k.registry import get_task
from neurgrad_eval.inputs import sampling
from neurgrad_eval.inputs.options import ItemInput
from neurgrad_eval.inputs.sampling import draw_sample, draw_training
from neurgrad_eval.runs.options import command
from neurgrad_eval.runs.settings import UpTo

AGNEWS, XNLI, LTI = get_task("agnews"), get_task("xnli"), get_task("lti")


def item(number, label, task=AGNEWS, lang="en", split="train", group=None):
    return {
        "id": f"{split}-{lang}-{number}",
        "label": label,
        "lang": lang,
        "question": f"Question {split} {lang} {number}",
        "group": group or f"{split} {number}",
        "options": [f"o{k}" for k in range(task.n_options)],
    }


def splits(train=80, test=40, task=AGNEWS, langs=("en",)):
    n = task.n_options
    return {
        name: [item(i, i % n, task, lang, name) for i in range(size) for lang in langs]
        for name, size in (("train", train), ("test", test))
    }


def settings(train_size=20, **more):
    known = {"edition": "any", "task": "agnews", "test_size": 10, "validation_size": 0}
    return ItemInput(**(known | {"train_size": train_size} | more))


def ids(items):
    return [entry["id"] for entry in items]


def test_training_items_are_balanced_and_test_items_are_not_touched_by_the_train_size():
    data = splits()
    data["train"] += [item(1000 + i, 0) for i in range(500)]  # label 0 is common
    sample = draw_sample(data, AGNEWS, settings())
    assert Counter(entry["label"] for entry in sample.train) == dict.fromkeys(range(4), 5)
    assert len(set(ids(sample.items))) == 30
    assert draw_sample(data, AGNEWS, settings(40)).test == sample.test


def test_seed_decides_and_order_of_rows_does_not():
    data = splits()
    backwards = {name: rows[::-1] for name, rows in data.items()}
    first = draw_sample(data, AGNEWS, settings())
    assert draw_sample(backwards, AGNEWS, settings()) == first
    assert draw_sample(data, AGNEWS, settings(seed=1)) != first


def test_demonstrations_are_of_no_asked_item_or_group():
    data = splits(train=12, test=6)
    for number, entry in enumerate(data["test"]):
        entry["group"] = f"train {number}"  # the first six training items' groups
    sample = draw_sample(data, AGNEWS, settings(2, test_size=6, num_fewshot=4))
    shots = sample.demonstrations["en"]
    assert len(shots) == 4
    asked = {entry["group"] for entry in sample.items}
    assert not asked & {entry["group"] for entry in shots}
    with pytest.raises(DataError, match="demonstrations"):
        draw_sample(data, AGNEWS, settings(2, test_size=6, num_fewshot=7))


def test_fewshot_is_one_per_option_unless_told():
    shots = draw_sample(splits(), AGNEWS, settings()).demonstrations["en"]
    assert sorted(shot["label"] for shot in shots) == [0, 1, 2, 3]
    assert draw_sample(splits(), AGNEWS, settings(num_fewshot=0)).demonstrations["en"] == ()


def test_languages_share_the_training_items_and_have_their_own_demonstrations():
    data = splits(task=XNLI, langs=("en", "de"))
    sample = draw_sample(data, XNLI, settings(24, task="xnli"))
    cells = Counter((entry["lang"], entry["label"]) for entry in sample.train)
    assert set(cells.values()) == {4}
    for lang in ("en", "de"):
        assert {shot["lang"] for shot in sample.demonstrations[lang]} == {lang}


def test_demonstrations_do_not_give_the_language_away():
    langs = ("en", "fr", "de", "zh", "es")
    data = {
        name: [
            item(5 * i + k, k, LTI, lang, name) for i in range(20) for k, lang in enumerate(langs)
        ]
        for name in ("train", "test")
    }
    sample = draw_sample(data, LTI, settings(10, task="lti"))
    assert {shot["lang"] for shot in sample.demonstrations["fr"]} == set(langs)


def test_validation_items_are_free_of_those_that_are_trained_or_tested_on():
    data = splits()
    data["validation"] = [item(i, i % 4, split="validation") for i in range(12)]
    asked = settings(validation_size=10)
    plain = draw_sample(data, AGNEWS, asked)
    assert len(plain.validation) == 10
    assert plain.items == plain.train + plain.test + plain.validation
    data["validation"][0]["group"] = plain.test[0]["group"]
    data["validation"][1]["question"] = plain.train[0]["question"].upper()
    data["validation"][2] |= {"id": plain.test[1]["id"], "group": plain.test[1]["group"]}
    sample = draw_sample(data, AGNEWS, asked)
    assert sorted(ids(sample.validation)) == sorted(ids(data["validation"][3:]))
    assert (sample.train, sample.test) == (plain.train, plain.test)
    barred = {entry["group"] for entry in sample.validation}
    assert not barred & {shot["group"] for shot in sample.demonstrations["en"]}


def test_validation_items_are_drawn_only_where_they_are_asked():
    data = splits() | {"validation": []}
    assert draw_sample(data, AGNEWS, settings()).validation == ()
    data["validation"] = data["test"]
    with pytest.raises(DataError, match=r"no validation item is left \(40 in all, 40"):
        draw_sample(data, AGNEWS, settings(validation_size=10, test_size=None))


def test_all_training_items_leave_room_for_demonstrations():
    data = splits(train=12)["train"]
    data[5]["group"] = data[6]["group"] = data[7]["group"]
    sample = draw_training(data, AGNEWS, settings(num_fewshot=2), None)
    shown = {shot["group"] for shot in sample.demonstrations["en"]}
    assert len(sample.demonstrations["en"]) == 2
    assert {e["id"] for e in sample.train} == {e["id"] for e in data if e["group"] not in shown}
    assert sample.test == ()


def test_leaks_are_counted():
    data = splits(train=80, test=40)
    sample = draw_sample(data, AGNEWS, settings(8, test_size=None))
    assert (sample.leak.leaked_test_items, sample.leak.leaked_into_training) == (0, 0)
    trained = sample.train[0]
    other = next(e for e in data["train"] if e["id"] not in ids(sample.train))
    tests = sorted(data["test"], key=lambda entry: entry["id"])
    tests[0]["group"] = trained["group"]
    tests[1]["question"] = trained["question"].upper() + " "
    tests[2]["group"] = other["group"]
    leak = draw_sample(data, AGNEWS, settings(8, test_size=None)).leak
    assert (leak.leaked_test_items, leak.leaked_into_training) == (3, 2)


def test_a_question_that_all_share_is_no_leak():
    data = splits(train=80, test=40)
    data["validation"] = [item(i, i % 4, split="validation") for i in range(12)]
    for name, items in data.items():
        for number, one in enumerate(items):
            one["question"] = "Which sentence is correct?"
            one["options"] = [f"{name} {number} {option}" for option in one["options"]]
    data["test"][0]["options"] = data["train"][0]["options"][::-1]
    sample = draw_sample(data, AGNEWS, settings(8, validation_size=12, test_size=None))
    assert sample.leak.leaked_test_items == 1
    assert len(sample.validation) == 12


@pytest.mark.parametrize(
    ("data", "asked", "message"),
    [
        ({"train": [], "test": [item(0, 0)]}, {}, "split train has 0 distinct items; 20 are"),
        (splits(test=0), {"test_size": None}, "split test has 0 distinct items"),
        (splits(train=12), {}, "split train has 12 distinct items; 20 are requested"),
        (splits(test=3), {}, "split test has 3 distinct items; 10 are requested"),
    ],
)
def test_too_few_items_are_an_error(data, asked, message):
    with pytest.raises(DataError, match=message):
        draw_sample(data, AGNEWS, settings(**asked))


def test_repeated_rows_count_once():
    data = splits(train=12)
    data["train"] *= 3
    with pytest.raises(DataError, match="12 distinct items"):
        draw_sample(data, AGNEWS, settings())


def test_one_label_is_an_error():
    data = splits() | {"train": [item(i, 2) for i in range(30)]}
    with pytest.raises(DataError, match="all have label 2"):
        draw_sample(data, AGNEWS, settings())


def test_items_of_another_number_of_options_are_an_error():
    data = splits(train=20)
    data["train"][0]["options"] = ["a", "b"]
    with pytest.raises(DataError, match="train-en-0: 2 options, not 4"):
        draw_sample(data, AGNEWS, settings(num_fewshot=0))


@pytest.mark.parametrize(
    "bad",
    [
        {"train_size": 0},
        {"test_size": 0},
        {"num_fewshot": -1},
        {"seed": -1},
        {"validation_size": -1},
    ],
)
def test_settings_that_cannot_be(bad):
    with pytest.raises(UsageError):
        settings(**bad)


def by_default(**more):
    """Settings whose number of training items was not asked for."""
    return ItemInput(edition="any", task="agnews", test_size=10, validation_size=0, **more)


def test_a_default_shrinks_to_what_there_is_and_says_so(capfd):
    sampling._tell_once.cache_clear()
    sample = draw_sample(splits(train=80), AGNEWS, by_default(num_fewshot=4))
    assert len(sample.train) == 76
    assert len(sample.demonstrations["en"]) == 4
    assert not {*ids(sample.train)} & {*ids(sample.demonstrations["en"])}
    told = " ".join(capfd.readouterr().err.split())
    assert "80 distinct items: 76 training prompts" in told
    assert "instead of 1000 by default" in told
    draw_sample(splits(train=80), AGNEWS, by_default(num_fewshot=4))
    assert capfd.readouterr().err == ""  # once


def test_all_training_items_can_be_asked_for(capfd):
    sample = draw_sample(splits(train=80), AGNEWS, settings(None, num_fewshot=4))
    assert ids(sample.train) == ids(draw_sample(splits(80), AGNEWS, by_default()).train)
    assert len(sample.train) == 76


def test_a_number_that_was_asked_for_does_not_shrink():
    with pytest.raises(DataError, match="80 distinct items; 1000 are requested"):
        draw_sample(splits(train=80), AGNEWS, settings(1000))
    assert len(draw_training(splits(80)["train"], AGNEWS, by_default(), UpTo(60)).train) == 60


def test_what_is_typed_is_no_default():
    seen = []
    typed = ["--edition", "e", "--task", "t"]
    app = typer.Typer()
    app.command()(command(ItemInput, lambda asked, *_: seen.extend(asked)))
    for words in ([], ["--train-size", "1000"], ["--train-size", "all"]):
        assert CliRunner().invoke(app, [*typed, *words]).exit_code == 0
    assert [asked.train_size for asked in seen] == [1000, 1000, None]
    assert [type(asked.train_size) for asked in seen[:2]] == [UpTo, int]
