"""Pushes that are refused or fail: one line, and nothing left behind."""

from __future__ import annotations

import pytest

from builders.card.card import Entry
from builders.making.writing import write_documents, write_parquet
from mceval8k import get_task, load_task
from mceval8k.editions.manifest import read_manifest
from mceval8k.editions.native import split_file
from mceval8k.item import make_item
from mceval8k.registry import all_tasks

NEWS = "agnews/test-00000-of-00001.parquet"


def error_line(result, status=1):
    """The one line that a failed command says."""
    assert result["status"] == status, result
    (line,) = [each for each in result["stderr"].splitlines() if each.startswith("error: ")]
    assert "Traceback" not in result["stderr"]
    assert "hf_writer" not in result["stdout"] + result["stderr"]
    return line


@pytest.mark.parametrize("token", ["hf_wrong", "hf_reader", None])
def test_who_may_not_write_changes_nothing(hub, build_news, tmp_path, token):
    folder, new, old = build_news(tmp_path / "out", size=40), hub.name(), hub.name()
    hub.run("push", "--yes", folder, old)
    before = hub.repository(old)
    line = error_line(hub.run("push", "--yes", folder, new, token=token))
    expected = "no permission" if token == "hf_reader" else "the token is missing or wrong"
    assert new in line
    assert expected in line
    assert hub.repository(new) == {}
    folder = build_news(tmp_path / "more", size=64)
    assert expected in error_line(hub.run("push", "--yes", folder, old, token=token))
    assert hub.repository(old) == before


def test_a_repository_that_one_may_not_see(hub, build_news, tmp_path):
    name = "guest/hidden"
    hub.plant(name, {"refs/heads/main": {"a": b"b"}})
    hub.control(hide=[name])
    line = error_line(hub.run("push", "--yes", build_news(tmp_path / "out", size=40), name))
    assert f"{name} cannot be created: the token has no permission" in line


@pytest.mark.parametrize("fault", ["upload", "commit"])
def test_a_push_that_fails_leaves_no_commit(hub, build_news, tmp_path, fault):
    name = hub.name()
    folder = build_news(tmp_path / "out", size=40, seed=["upload", "commit"].index(fault) + 1)
    hub.control(faults={fault: -1})
    line = error_line(hub.run("push", "--yes", folder, name, "--tag", "v1"))
    assert f"{name}: the Hub confirmed no commit" in line
    assert "was created, and is left as it is" in line
    found = hub.repository(name)
    assert found["messages"] == ["initial"]
    assert list(found["refs"]) == ["refs/heads/main"]
    hub.control(faults={})
    assert hub.run("push", "--yes", folder, name, "--tag", "v1")["status"] == 0
    assert (
        hub.repository(name)["refs"]["refs/tags/v1"]
        == hub.repository(name)["refs"]["refs/heads/main"]
    )


def test_an_upload_that_is_cut_off_once_is_tried_again(hub, build_news, tmp_path):
    name = hub.name()
    folder = build_news(tmp_path / "out", size=40, seed=3)
    hub.control(faults={"upload": 1})
    assert hub.run("push", "--yes", folder, name)["status"] == 0
    assert NEWS in hub.head(name)


def test_a_commit_of_somebody_else_meanwhile(hub, build_news, tmp_path):
    name = hub.name()
    hub.run("push", "--yes", build_news(tmp_path / "one", size=40), name)
    hub.control(faults={"race": 1})
    line = error_line(hub.run("push", "--yes", build_news(tmp_path / "two", size=64), name))
    assert "somebody else changed it at the same time" in line
    assert hub.repository(name)["messages"][-1] == "another's"


def test_a_tag_that_fails_names_the_commit_and_can_be_made_later(hub, build_news, tmp_path):
    name, folder = hub.name(), build_news(tmp_path / "out", size=40)
    hub.control(faults={"tag": 1})
    line = error_line(hub.run("push", "--yes", folder, name, "--tag", "v1"))
    commit = hub.repository(name)["refs"]["refs/heads/main"]
    assert f"committed as {commit}, but not tagged v1" in line
    assert hub.run("push", "--yes", folder, name, "--tag", "v1")["status"] == 0
    assert hub.repository(name)["refs"]["refs/tags/v1"] == commit


def test_a_tag_is_never_moved(hub, build_news, tmp_path):
    name, folder = hub.name(), build_news(tmp_path / "one", size=40)
    hub.run("push", "--yes", folder, name, "--tag", "v1")
    before = hub.repository(name)
    assert hub.run("push", "--yes", folder, name, "--tag", "v1")["status"] == 0
    result = hub.run("push", "--yes", build_news(tmp_path / "two", size=64), name, "--tag", "v1")
    assert "tags are never moved" in error_line(result, status=2)
    assert hub.repository(name) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lab"], "'lab' is not of the form owner/name"),
        (["datasets/lab/set"], "'datasets/lab/set' is not of the form owner/name"),
        (["https://hub/lab/set"], "is not of the form owner/name"),
        (["lab/set", "--tag", "a..b"], "--tag 'a..b' is no name of a tag"),
    ],
)
def test_bad_names(hub, full_edition, words, said):
    assert said in error_line(hub.run("push", "--yes", full_edition.folder, *words), status=2)


def test_an_edition_that_fails_the_audit_is_refused(hub, edition):
    name = hub.name()
    leak_a_test_item(edition)
    line = error_line(hub.run("push", "--yes", edition, name))
    assert f"{edition}: not published, `mceval8k audit` fails: agnews: " in line
    assert "near-overlap" in line
    assert hub.repository(name) == {}


def leak_a_test_item(folder):
    """Put a near-duplicate of a test item into train; otherwise the edition stays as it must be."""
    task, splits = get_task("agnews"), load_task("agnews", folder)
    train, item = splits["train"].to_list(), splits["test"][0]
    at = next(row for row, other in enumerate(train) if other["label"] == item["label"])
    raw = {"text": f"{item['text']} Again.", "label": item["label"]}
    train[at] = make_item(task, raw, source=item["source"], source_id="train:0", group="another")
    write_parquet(folder / split_file("agnews", "train"), task, train)
    manifest = read_manifest(folder)
    write_documents(
        folder,
        edition=manifest.edition,
        seed=manifest.seed,
        sources=manifest.sources,
        entries=[
            Entry(task, manifest.tasks[name], "")
            for name, task in all_tasks().items()
            if name in manifest.tasks
        ],
    )


def test_an_edition_that_fails_validation_is_refused(hub, edition, tmp_path):
    name = hub.name()
    (edition / NEWS).write_bytes(b"PAR1")
    line = error_line(hub.run("push", "--yes", edition, name))
    assert f"{edition}: not published, `mceval8k validate` fails: {NEWS}: content differs" in line
    assert hub.repository(name) == {}
    error_line(hub.run("push", "--yes", tmp_path / "nowhere", name), status=2)


def test_a_strangers_file_that_the_config_all_would_read(hub, build_news, tmp_path):
    name = hub.name()
    hub.plant(name, {"refs/heads/main": {"mine/train-00000-of-00001.parquet": b"x"}})
    line = error_line(
        hub.run("push", "--yes", build_news(tmp_path / "out", size=40), name), status=2
    )
    assert "holds mine/train-00000-of-00001.parquet" in line


def test_nothing_may_be_passed_on(hub, build_news, tmp_path):
    name = hub.name()
    folder = build_news(tmp_path / "out", size=40)
    result = hub.run("push", "--yes", folder, name, "--redistributable-only")
    assert "none of its tasks may be passed on: agnews" in error_line(result, status=2)
    assert hub.repository(name) == {}


def test_private_does_not_hide_what_is_public(hub, build_news, tmp_path):
    folder, name = build_news(tmp_path / "out", size=40), hub.name()
    hub.run("push", "--yes", folder, name)
    line = error_line(hub.run("push", "--yes", folder, name, "--private"), status=2)
    assert f"{name} exists and is public" in line
