"""Repair: what is dropped and mended is counted, and an audit of the result finds no error."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from typer.testing import CliRunner

from builders.audit.auditing import audit
from builders.cli import app
from builders.reading.sources import open_source
from builders.repair.fixing import fix
from builders.repair.repairing import repair
from builders.validation import validate
from mceval8k.editions import open_edition
from mceval8k.errors import DataError, UsageError
from mceval8k.item import make_item
from mceval8k.registry import get_task
from tests.builders.audit.conftest import write_tasks


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def leaky(toy, tmp_path_factory):
    """Editions with a few faults of each kind, and with validation and test inside train."""
    agnews, csqa, ner = toy("agnews"), toy("commonsenseqa"), toy("ner")
    agnews["test"] = agnews["validation"] = agnews["train"][:60]
    agnews["train"][100]["text"] += " &lt;b&gt;bold&lt;/b&gt; #39;s"
    agnews["train"][101]["text"] = " "
    agnews["train"][102] = {**agnews["train"][103], "label": 0}  # contradicts 103, whose label is 3
    agnews["train"][104]["text"] = agnews["train"][105]["text"] + " indeed"
    agnews["train"][106] = agnews["train"][107]
    csqa["train"][5]["options"][1] = csqa["train"][5]["options"][0]
    for row in csqa["train"] + csqa["test"] + csqa["validation"]:
        gold = row["options"].pop(row["label"])
        row["options"].insert(0, gold)
        row["label"] = 0
    ner["test"][0] = {**ner["train"][0], "target_chunk": ner["train"][0]["chunks"][1]}
    tasks = {"agnews": agnews, "commonsenseqa": csqa, "ner": ner}
    return write_tasks(tmp_path_factory.mktemp("leaky"), tasks)


@pytest.fixture(scope="module")
def clean(leaky, tmp_path_factory):
    folder = tmp_path_factory.mktemp("repaired") / "clean"
    repair(open_edition(leaky), folder)
    return folder


def test_the_audit_of_the_result_finds_no_error(leaky, clean):
    assert not audit(open_edition(leaky)).ok
    found = audit(open_edition(clean))
    assert found.ok
    told = [each.check for task in found.tasks for each in task.findings]
    assert set(told) <= {"task-overlap"}  # the tasks of the fixture share their made-up texts


def test_the_result_is_a_sound_edition(clean):
    assert validate(clean).violations == ()
    manifest = json.loads((clean / "manifest.json").read_text())
    assert manifest["edition"] == "clean"
    assert "repair.json" in manifest["files"]


def test_the_account_is_honest(clean):
    tasks = json.loads((clean / "repair.json").read_text())["tasks"]
    agnews = tasks["agnews"]
    assert agnews["read"] == 480
    assert agnews["dropped"] == {
        "blank-field": 1,
        "contradictory-labels": 2,
        "duplicate-rows": 1,
        "exact-overlap": 120,
    }
    assert agnews["fixed"] == {"broken-field": 1}
    assert agnews["regrouped"] == {"group-overlap": 60, "near-overlap": 2}
    assert tasks["commonsenseqa"]["dropped"] == {"duplicate-options": 1}
    assert tasks["ner"]["regrouped"] == {"group-overlap": 2, "near-overlap": 0}
    for name, task in tasks.items():
        left = task["read"] - sum(task["dropped"].values())
        assert sum(task["splits"].values()) + task["unused"] == left, name
        data = open_edition(clean).load(name)
        assert {split: len(rows) for split, rows in data.items()} == task["splits"]


def test_golds_and_labels_are_balanced(clean):
    edition = open_edition(clean)
    for name, options in (("agnews", 4), ("commonsenseqa", 5), ("ner", 4)):
        for rows in edition.load(name).values():
            counts = Counter(rows["label"])
            assert len(counts) == options
            assert max(counts.values()) - min(counts.values()) <= 1


def test_the_same_seed_gives_the_same_bytes(leaky, clean, tmp_path):
    repair(open_edition(leaky), tmp_path / "again")
    repair(open_edition(leaky), tmp_path / "other", seed=1)
    files = {path.name: path.read_bytes() for path in clean.glob("agnews/*.parquet")}
    assert files == {path.name: path.read_bytes() for path in tmp_path.glob("again/agnews/*")}
    assert files != {path.name: path.read_bytes() for path in tmp_path.glob("other/agnews/*")}


def test_the_command(run, leaky, tmp_path):
    result = run("repair", leaky, "--out", tmp_path / "out", "--json", "--tasks", "agnews")
    assert result.exit_code == 0
    content = json.loads(result.stdout)
    assert content["edition"] == "clean"
    assert list(content["tasks"]) == ["agnews"]
    assert content == json.loads((tmp_path / "out/repair.json").read_text())


def test_bad_usage(run, leaky, clean, tmp_path):
    for words in (
        [clean, "--out", tmp_path / "more"],  # not the released layout
        [leaky, "--out", leaky],  # holds something else
        [leaky, "--out", tmp_path / "more", "--tasks", "imdb"],
    ):
        assert isinstance(run("repair", *words).exception, UsageError)
    assert not (tmp_path / "more").exists()


def test_a_task_with_too_few_rows_is_left_out(run, toy, write_released, tmp_path):
    few = toy("agnews")
    few = {"train": few["train"][:5], "validation": [], "test": []}
    folder = write_released({"agnews": few, "ner": toy("ner")})
    done = repair(open_edition(folder), tmp_path / "out")
    assert list(done.left_out) == ["agnews"]
    assert [each.task for each in done.tasks] == ["ner"]
    result = run("repair", folder, "--out", tmp_path / "named", "--tasks", "agnews")
    assert isinstance(result.exception, DataError)


def item(name, **raw):
    return make_item(get_task(name), raw, source="toy", source_id="0")


def test_unparsed_lines_of_a_table():
    def fixed(first, second):
        row = item("clang8", sentence1=first, sentence2=second, acceptable=0)
        return fix(get_task("clang8"), row)

    parsed = fixed(None, '" He go home .\t He goes home .')
    assert parsed.raw == {
        "sentence1": "He go home .",
        "sentence2": "He goes home .",
        "acceptable": 1,
    }
    assert parsed.mended == ("broken-field",)
    assert fixed("", "a\tb\nc\td").dropped == "broken-field"
    assert fixed("", "alone").dropped == "blank-field"
    assert fixed("a", "b\tc").dropped == "broken-field"
    assert fixed("a", "b").mended == ()


@pytest.mark.parametrize(
    ("task", "broken", "sound"),
    [
        ("agnews", "Oil at \\$50 &lt;b&gt;now&lt;/b&gt; AT #38;T", "Oil at $50 now AT&T"),
        ("imdb", "It was #1 of #39; films<br />or so\x85", "It was #1 of #39; films\nor so…"),
    ],
)
def test_texts_are_mended_as_the_builder_does(task, broken, sound):
    fixed = fix(get_task(task), item(task, text=broken, label=0))
    assert fixed.raw["text"] == sound
    assert fixed.mended == ("broken-field",)


class TestFever:
    CLAIMS = tuple(f"Claim {number} holds." for number in range(40))

    @pytest.fixture
    def released(self, write_released):
        """Claims of which every fourth is unknown upstream; all of these were released as true."""
        rows = [
            {"claim": claim, "label": int(number % 4 != 1)}
            for number, claim in enumerate(self.CLAIMS)
        ]
        splits = {"train": rows, "validation": rows[:8], "test": rows[:8]}
        return open_edition(write_released({"fever": splits}))

    @pytest.fixture
    def upstream(self, tmp_path):
        names = {0: "SUPPORTS", 1: "REFUTES", 2: "SUPPORTS", 3: "NOT ENOUGH INFO"}
        rows = [
            {"id": number, "claim": claim.upper(), "label": names[number % 4]}
            | {"evidence_wiki_url": f"Page_{number}"}
            for number, claim in enumerate(self.CLAIMS[:-2])
        ]
        rows.append({**rows[0], "id": 99, "label": "REFUTES"})
        for split in ("train", "labelled_dev"):
            path = tmp_path / f"mirror/fever/fever/v1.0/{split}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return open_source(str(tmp_path / "mirror"))

    def test_it_is_left_out_without_upstream(self, released, tmp_path):
        with pytest.raises(DataError, match="--upstream SOURCE"):
            repair(released, tmp_path / "out", "fever")

    def test_unknown_claims_are_left_out(self, released, upstream, tmp_path):
        done = repair(released, tmp_path / "out", "fever", upstream=upstream)
        (task,) = done.tasks
        dropped = task.to_json()["dropped"]
        # of 56 rows, 40 distinct: each fourth claim, of 38 known ones, is unknown
        assert dropped["not-enough-info"] == 9 + 2 + 2
        assert dropped["not-in-upstream"] == 2
        assert dropped["contradictory-labels"] == 3
        items = [
            row for rows in open_edition(tmp_path / "out").load("fever").values() for row in rows
        ]
        assert items
        for row in items:
            number = self.CLAIMS.index(row["claim"])
            assert row["label"] == (0 if number % 4 == 1 else 1)
            assert number % 4 != 3

    def test_the_command(self, run, released, upstream, tmp_path):
        words = ["repair", released.path, "--out", tmp_path / "out", "--upstream", upstream.path]
        assert run(*words).exit_code == 0
        assert (tmp_path / "out/fever").is_dir()


def test_swapped_columns_are_swapped_back():
    raw = get_task("stereoset").examples[0]
    fixed = fix(get_task("stereoset"), item("stereoset", **raw))
    assert (fixed.raw["stereotype"], fixed.raw["anti-stereotype"]) == (2, 0)
    assert fixed.raw["non-stereotype"] == raw["non-stereotype"]


def test_the_underscore_is_no_tag():
    raw = {**get_task("postag").examples[0], "options": ["_", "NOUN", "VERB", "ADJ"]}
    assert fix(get_task("postag"), item("postag", **raw)).dropped == "underscore-tag"


def test_stars_stay_stars():
    raw = get_task("amazon-reviews").examples[1]
    assert fix(get_task("amazon-reviews"), item("amazon-reviews", **raw)).raw["label"] == 4
