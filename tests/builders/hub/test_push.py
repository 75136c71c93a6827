"""Pushing to a local Hub, end to end: what arrives, what does not, and what is said."""

from __future__ import annotations

import json
import shutil

import yaml

from builders.publishing.redistribution import withheld
from builders.validation import validate
from mceval8k.editions.manifest import read_manifest
from mceval8k.files import sha256

NEWS = "agnews/test-00000-of-00001.parquet"


def pushed_files(folder):
    names = (*read_manifest(folder).files, "manifest.json")
    return {name: sha256(folder / name) for name in names}


def test_push_tag_and_load_give_the_rows_of_the_folder(hub, full_edition):
    name, folder = hub.name(), full_edition.folder
    result = hub.run("push", "--yes", folder, name, "--tag", "v1", "--json")
    assert result["status"] == 0, result["stderr"]
    told = json.loads(result["stdout"])
    found = hub.repository(name)
    assert told["commit"] == found["refs"]["refs/heads/main"] == found["refs"]["refs/tags/v1"]
    assert told["url"] == f"{hub.address}/datasets/{name}/commit/{told['commit']}"
    assert told["digest"] == full_edition.digest
    assert told["created"]
    assert len(found["messages"]) == 2
    assert hub.head(name) == {
        **pushed_files(folder),
        ".gitattributes": hub.head(name)[".gitattributes"],
    }
    for task in ("agnews", "mlama"):
        here, there = hub.load(task, folder), hub.load(task, name, "v1")
        assert here["ours"] == here["plain"] == there["ours"] == there["plain"]


def test_a_change_is_one_more_commit_and_other_files_are_left_alone(hub, build_news, tmp_path):
    name = hub.name()
    stale = {"imdb/train-00000-of-00001.parquet": b"old", "agnews/test-00001-of-00002.parquet": b""}
    others = {"notes.md": b"mine", "figures/plot.parquet": b"mine", "README.md": b"old"}
    hub.plant(name, {"refs/heads/main": {**stale, **others}})
    folder = build_news(tmp_path / "out", size=40)
    result = hub.run("push", "--yes", folder, name, "--json")
    assert result["status"] == 0, result["stderr"]
    told = json.loads(result["stdout"])
    kinds = {each["path"]: each["change"] for each in told["files"]}
    assert kinds == {
        **dict.fromkeys(pushed_files(folder), "new"),
        **dict.fromkeys(stale, "deleted"),
        "README.md": "changed",
    }
    assert not told["created"]
    kept = hub.head(name)
    assert set(kept) == {*pushed_files(folder), "notes.md", "figures/plot.parquet"}
    assert len(hub.repository(name)["messages"]) == 2

    result = hub.run("push", "--yes", folder, name, "--tag", "later")
    assert f"{name} holds this edition already" in result["stderr"]
    assert len(hub.repository(name)["messages"]) == 2
    assert "refs/tags/later" in hub.repository(name)["refs"]


def test_only_what_changed_is_sent(hub, build_news, tmp_path):
    """The seed is this test's own: what another has uploaded would not be sent again."""
    name, one = hub.name(), build_news(tmp_path / "one", size=40, seed=9)
    hub.run("push", "--yes", one, name)
    before = len(hub.state()["requests"])
    two = build_news(tmp_path / "two", size=64, seed=9)
    told = json.loads(hub.run("push", "--yes", two, name, "--json")["stdout"])
    kinds = {each["path"]: each["change"] for each in told["files"]}
    assert kinds["schema/item.schema.json"] == "same"
    assert kinds[NEWS] == kinds["manifest.json"] == "changed"
    uploads = [each for each in hub.state()["requests"][before:] if each.startswith("PUT")]
    assert len(uploads) == 3


def test_nothing_is_sent_without_yes(hub, full_edition):
    name = hub.name()
    before = len(hub.state()["requests"])
    result = hub.run("push", full_edition.folder, name, token=None)
    assert result["status"] == 0, result["stderr"]
    assert NEWS in result["stdout"]
    assert "new" in result["stdout"]
    assert f"would go to {name}, which would be created" in result["stderr"]
    assert hub.repository(name) == {}
    assert all(each.startswith("GET") for each in hub.state()["requests"][before:])


def test_private(hub, build_news, tmp_path):
    folder, name = build_news(tmp_path / "out", size=40), hub.name()
    assert hub.run("push", "--yes", folder, name, "--private")["status"] == 0
    assert hub.repository(name)["private"]
    assert hub.run("push", "--yes", folder, name, "--private")["status"] == 0


def test_only_what_may_be_passed_on(hub, full_edition, tmp_path):
    name = hub.name()
    result = hub.run("push", "--yes", full_edition.folder, name, "--redistributable-only", "--json")
    assert result["status"] == 0, result["stderr"]
    told = json.loads(result["stdout"])
    assert set(told["left_out"]) == {"ner", "agnews", "mlama"}
    assert "left out: ner (Reuters Corpus: research only)" in result["stderr"]
    snapshots = hub.home / "hub" / f"datasets--{name.replace('/', '--')}" / "snapshots"
    here, there = hub.load("paws", full_edition.folder), hub.load("paws", name)
    assert here["ours"] == there["ours"] == there["plain"]
    folder = tmp_path / "pushed"
    shutil.copytree(snapshots / told["commit"], folder)
    assert validate(folder).ok
    assert read_manifest(folder).tasks.keys() == {"paws", "commonsenseqa"}
    assert set(read_manifest(folder).sources) == {
        "google-research-datasets/paws",
        "tau/commonsense_qa",
    }
    text = (folder / "README.md").read_text()
    header = yaml.safe_load(text.split("---\n")[1])
    assert [each["config_name"] for each in header["configs"]] == ["all", "paws", "commonsenseqa"]
    assert "`ner` (Reuters Corpus: research only)" in text
    assert "### ner" not in text
    whole = (full_edition.folder / "README.md").read_text()
    section = whole.split("\n### paws\n")[1].split("\n### ")[0]
    assert section in text


def test_the_samples_are_the_projects_own(hub, samples_edition):
    result = hub.run(
        "push", samples_edition.folder, hub.name(), "--redistributable-only", "--dry-run", "--json"
    )
    assert json.loads(result["stdout"])["left_out"] == {}
    assert withheld([report.task for report in samples_edition.reports], "samples") == {}


OFFLINE = """
import sys
from mceval8k import MCEvalError, load_task
name, task = sys.argv[1:3]
for revision in sys.argv[3:]:
    try:
        splits = load_task(task, name, revision=revision)
        print(revision, sum(map(len, splits.values())))
    except MCEvalError as error:
        print(revision, error)
"""


def test_offline_a_tag_that_is_not_in_the_cache_is_an_error(hub, build_news, tmp_path):
    name = hub.name()
    hub.run("push", "--yes", build_news(tmp_path / "one", size=40), name, "--tag", "v1")
    hub.run("push", "--yes", build_news(tmp_path / "two", size=64), name, "--tag", "v2")
    assert "ours" in hub.load("agnews", name, "v1")
    done = hub.separate("-c", OFFLINE, name, "agnews", "v1", "v2", "main", HF_HUB_OFFLINE="1")
    first, second, third = done.stdout.splitlines()
    assert first == "v1 40"
    assert f"edition {name} at v2: not a directory here, nor on the Hub" in second
    assert f"edition {name} at main: not a directory here, nor on the Hub" in third


def test_the_command_itself(hub, build_news, tmp_path):
    name, folder = hub.name(), build_news(tmp_path / "out", size=40)
    done = hub.separate(
        "-m", "builders.cli", "push", str(folder), name, "--yes", HF_TOKEN="hf_writer"
    )
    assert done.returncode == 0, done.stderr
    assert hub.repository(name)["refs"]["refs/heads/main"] in done.stderr
    assert "hf_writer" not in done.stdout + done.stderr
