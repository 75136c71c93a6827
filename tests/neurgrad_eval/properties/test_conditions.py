"""Conditions: what is varied, and runs that are made of it."""

from __future__ import annotations

import json
import random
import sys

import pytest

from mceval8k.editions import open_edition
from mceval8k.errors import UsageError
from neurgrad_eval import cli
from neurgrad_eval.probing.settings import ProbeSettings
from neurgrad_eval.properties.conditions import (
    conditions_of,
    parse_variation,
    parse_variations,
    plan_condition,
)

WORDS = ("coast", "river", "market", "engine", "player", "minister", "forest", "signal")
BASE = ProbeSettings(task="agnews", train_size=12, test_size=8, neurons=(16,), num_fewshot=1)


def rows(count, seed):
    rng = random.Random(seed)
    return [
        {"text": " ".join(rng.choices(WORDS, k=5)) + f" {seed}-{i}", "label": i % 4}
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edition")
    task = folder / "classification" / "agnews"
    task.mkdir(parents=True)
    for name, content in (("train", rows(60, 1)), ("valid", rows(4, 2)), ("test", rows(20, 3))):
        (task / f"{name}.json").write_text(json.dumps(content))
    return folder


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


def test_one_thing_differs():
    shots = conditions_of(BASE, parse_variation("shots=0,balanced"))
    assert [c.settings.num_fewshot for c in shots] == [0, "balanced"]
    assert {c.settings.train_size for c in shots} == {12}
    seeds = conditions_of(BASE, parse_variation("seed=3,4"))
    assert [c.settings.seed for c in seeds] == [3, 4]
    with pytest.raises(UsageError, match="'x' is no seed"):
        conditions_of(BASE, parse_variation("seed=1,x"))


def test_one_run_serves_all_comparisons_it_belongs_to():
    packs = conditions_of(BASE, parse_variation("pack=default,formal"))
    drawn = conditions_of(BASE, parse_variation("demonstrations=0,1"))
    assert packs[0].folder == drawn[0].folder
    assert len({c.folder for c in (*packs, *drawn)}) == 3


def test_other_demonstrations_of_the_same_items(edition):
    opened = open_edition(edition)
    first, second = (
        plan_condition(c, opened)
        for c in conditions_of(BASE, parse_variation("demonstrations=0,1"))
    )
    assert first.sample.items == second.sample.items
    assert first.sample.demonstrations != second.sample.demonstrations
    assert first.digest() != second.digest()
    shown = {item["id"] for shots in second.sample.demonstrations.values() for item in shots}
    assert shown & {item["id"] for item in second.sample.items} == set()
    assert second.prompts[0].endswith(first.prompts[0].split("\n\n")[-1])


def test_without_demonstrations_there_are_no_others():
    bare = ProbeSettings(task="agnews", train_size=12, num_fewshot=0)
    with pytest.raises(UsageError, match="prompts have none"):
        conditions_of(bare, parse_variation("demonstrations=0,1"))


def test_conditions_are_run_and_used_again(
    edition, tiny, make_tiny_llama, tmp_path, monkeypatch, capsys
):
    make_tiny_llama(max_position_embeddings=4096).float().save_pretrained(tmp_path / "model")
    tiny.tokenizer.save_pretrained(tmp_path / "model")
    options = {
        "model": tmp_path / "model",
        "edition": edition,
        "task": "agnews",
        "train-size": 12,
        "test-size": 8,
        "num-fewshot": 1,
        "neurons": 16,
        "null-draws": 2,
        "out": tmp_path / "out",
    }
    words = [w for name, value in options.items() for w in (f"--{name}", str(value))]
    vary = ["--vary", "shots=0,1", "--vary", "demonstrations=0,1", "--json"]
    monkeypatch.setattr(sys, "argv", ["neurgrad", "generality", *words, *vary])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    first = capsys.readouterr().out
    content = json.loads(first)
    assert [e["result"]["conditions"] for e in content["entries"]] == [["0", "1"], ["0", "1"]]
    assert len(list((tmp_path / "out" / "conditions").iterdir())) == 3
    other = [word if word != "12" else "8" for word in sys.argv]
    with monkeypatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.setattr(sys, "argv", other)
        cli.main()
    assert end.value.code == 2
    assert "items differs; name another --out" in " ".join(capsys.readouterr().err.split())
    monkeypatch.setattr("neurgrad_eval.properties.conditions.run_experiment", None)
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().out == first


def test_variations_keep_their_own_names() -> None:
    found = parse_variations(["wording=default,formal", "symbols=default,lower", "shots=0,4"])
    assert list(found) == ["wording", "symbols", "shots"]
    assert [one.factor for one in found.values()] == ["pack", "pack", "shots"]
    with pytest.raises(UsageError, match="pack is varied twice; join the two, or call one of them"):
        parse_variations(["pack=default,formal", "pack=default,lower"])
    with pytest.raises(UsageError, match="shots is varied twice; join the two"):
        parse_variations(["shots=0,1", "shots=0,4"])
