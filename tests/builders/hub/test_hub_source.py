"""Reading upstream data sets from a local Hub, at one commit each."""

from __future__ import annotations

import json

import pytest
import yaml

from builders.reading.parquet_names import split_files
from builders.reading.sources import open_source
from builders.reading.sources.hub import Hub, absence, pinned
from builders.registry import all_builders
from mceval8k import load_task
from mceval8k.errors import DataError, UsageError
from tests.builders.hub.conftest import parquet

NEWS = "fancyzhx/ag_news"
MAIN, CONVERTED = "refs/heads/main", "refs/convert/parquet"
HEADER = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: {train}
  - split: test
    path: {test}
---
"""


def readme(train, test):
    return HEADER.format(train=train, test=test).encode()


@pytest.fixture
def as_parquet(news):
    """AG News with parquet on the main branch, where its README says."""
    return {
        "README.md": readme("files/a*.parquet", "files/b.parquet"),
        "files/a1.parquet": parquet(news[:30]),
        "files/a2.parquet": parquet(news[30:48]),
        "files/b.parquet": parquet(news[48:]),
        "files/c/a3.parquet": parquet(news[:1]),
    }


def build(hub, out, *more):
    words = ["build", "--source", "hub", "--tasks", "agnews", "--size", 40, "--out", out]
    return hub.run(*words, *more, token=None)


def sources(folder):
    return json.loads((folder / "manifest.json").read_text())["sources"]


def without_sources(folder):
    return {
        split: [{**row, "source_id": ""} for row in rows]
        for split, rows in load_task("agnews", folder).items()
    }


def test_parquet_on_main(hub, as_parquet, news_mirror, tmp_path):
    refs = hub.plant(
        NEWS, {MAIN: as_parquet, CONVERTED: {"default/train/0000.parquet": b"not read"}}
    )
    result = build(hub, tmp_path / "out")
    assert result["status"] == 0, result["stderr"]
    assert sources(tmp_path / "out") == {NEWS: refs[MAIN]}
    hub.run("build", "--source", news_mirror, "--size", 40, "--out", tmp_path / "mirrored")
    mirrored = load_task("agnews", tmp_path / "mirrored")
    there = load_task("agnews", tmp_path / "out")
    assert {k: v.to_list() for k, v in there.items()} == {
        k: v.to_list() for k, v in mirrored.items()
    }


@pytest.mark.parametrize(
    "main",
    [
        {"ag_news.py": b"raise SystemExit('code of a data set was run')"},
        {"README.md": readme("train.csv", "test.csv"), "train.csv": b"", "test.csv": b""},
        {"README.md": b"---\n[\n---\n", "default/train-00000-of-00001.parquet": b"no test"},
    ],
    ids=["script", "csv", "half"],
)
def test_where_main_is_no_parquet_the_conversion_is_read(hub, converted, tmp_path, main):
    refs = hub.plant(NEWS, {MAIN: main, CONVERTED: converted})
    result = build(hub, tmp_path / "out")
    assert result["status"] == 0, result["stderr"]
    assert sources(tmp_path / "out") == {NEWS: refs[CONVERTED]}


def test_a_pin_is_read_whatever_the_branches_say(hub, converted, as_parquet, news, tmp_path):
    old = hub.plant(NEWS, {MAIN: as_parquet, CONVERTED: converted})
    build(hub, tmp_path / "before")
    hub.plant(NEWS, {MAIN: {**as_parquet, "files/b.parquet": parquet(news[40:50])}})
    build(hub, tmp_path / "after")
    pins = tmp_path / "revisions.yaml"
    for commit in (old[MAIN], old[CONVERTED]):
        pins.write_text(f"{NEWS}: {commit}\n")
        assert build(hub, tmp_path / "pinned", "--revisions", pins)["status"] == 0
        assert sources(tmp_path / "pinned") == {NEWS: commit}
        assert without_sources(tmp_path / "pinned") == without_sources(tmp_path / "before")
    assert without_sources(tmp_path / "after") != without_sources(tmp_path / "before")
    manifest = tmp_path / "before" / "manifest.json"
    build(hub, tmp_path / "again", "--revisions", manifest)
    assert (tmp_path / "again" / "manifest.json").read_bytes() == manifest.read_bytes()


def test_a_branch_is_looked_up_once(hub, as_parquet, tmp_path):
    refs = hub.plant(NEWS, {MAIN: as_parquet})
    before = len(hub.state()["requests"])
    assert build(hub, tmp_path / "out")["status"] == 0
    asked = hub.state()["requests"][before:]
    assert [each for each in asked if each.endswith("/revision/main")] == [
        f"GET /api/datasets/{NEWS}/revision/main"
    ]
    asked = [each for each in asked if NEWS in each]
    assert all(refs[MAIN] in each for each in asked[1:]), asked


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{NEWS}: main", f"{NEWS}: 'main' is no commit"),
        (f"{NEWS}: {'0' * 39}", "is no commit"),
        (f"fancyzhx/agnews: {'0' * 40}", "'fancyzhx/agnews' is no upstream of any task"),
        ("- a", "not a mapping"),
        ("", "not a mapping"),
        ("{", "not YAML"),
        (None, "No such file"),
    ],
)
def test_bad_revisions(tmp_path, content, said):
    path = tmp_path / "revisions.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=said):
        pinned(Hub(), path)
    with pytest.raises(UsageError, match="--revisions is for --source hub"):
        pinned(open_source("samples"), path)


def test_what_is_not_there_is_named_and_nothing_is_written(hub, converted, tmp_path):
    hub.plant(
        NEWS, {MAIN: {"ag_news.py": b""}, CONVERTED: {"default/partial-train/0000.parquet": b""}}
    )
    out, pins = tmp_path / "parent" / "out", tmp_path / "pins.yaml"
    said = build(hub, out)
    assert said["status"] == 1
    assert (
        f"{NEWS}: config default has not got train, test as parquet at main nor refs/conv"
        in said["stderr"]
    )
    pins.write_text(f"{NEWS}: {'0' * 40}")
    said = build(hub, out, "--revisions", pins)
    assert f"{NEWS}@{'0' * 40}: there is no such revision" in said["stderr"]
    said = hub.run("build", "--source", "hub", "--tasks", "paws", "--out", out, token=None)
    assert "google-research-datasets/paws@main: there is no such repository" in said["stderr"]
    assert len(said["stderr"].splitlines()) == 1
    hub.plant(NEWS, {CONVERTED: {**converted, "default/test/0000.parquet": b"PAR1 damaged"}})
    said = build(hub, out)
    assert "not a readable parquet file" in said["stderr"]
    hub.plant(NEWS, {CONVERTED: {**converted, "default/train/0000.parquet": b"PAR1" * 5000}})
    hub.control(faults={"download": -1})
    said = build(hub, out)
    assert said["status"] == 1
    assert f"error: {NEWS}@" in said["stderr"]
    assert "default/train/0000.parquet" in said["stderr"]
    assert "Traceback" not in said["stderr"]
    assert not out.exists()
    assert not list(tmp_path.glob("parent/*"))


def test_a_download_that_is_cut_off_once_is_tried_again(hub, converted, tmp_path):
    hub.plant(NEWS, {MAIN: {}, CONVERTED: {**converted, "more.txt": b"new commit"}})
    hub.control(faults={"download": 1})
    assert build(hub, tmp_path / "out")["status"] == 0


def test_a_network_that_is_not_there(hub, tmp_path):
    words = ["build", "--source", "hub", "--tasks", "agnews", "--out", str(tmp_path / "out")]
    done = hub.separate("-m", "builders.cli", *words, HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 1
    *notes, line = done.stderr.splitlines()
    assert line.startswith(f"error: {NEWS}@main: ")
    assert len(notes) == 4
    assert all("retrying in" in note for note in notes)


def test_what_the_hub_has_not_got_says_where_it_is_and_where_to_put_it():
    told = {
        upstream.source.id: reason
        for builder in all_builders().values()
        for upstream in builder.upstream
        if (reason := absence(upstream))
    }
    assert all(
        ("get it at http" in text and " lay it into a directory as " in text)
        for text in told.values()
    )
    assert not [name for name in told if name.startswith(("fancyzhx/", "eriktks/", "facebook/"))]
    for builder in all_builders().values():
        for upstream in builder.upstream:
            if upstream.source.id in told:
                assert not Hub().has(upstream)
                with pytest.raises(DataError, match="name that as --source"):
                    Hub().revision(upstream)


def test_a_header_that_is_no_header_is_passed_over():
    paths = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "train.csv"]
    for header in (None, [], {"configs": 3}, {"configs": [3, {"config_name": "x"}]}):
        assert split_files(paths, header, "default", "train") == tuple(paths[:2])
    assert split_files(paths, None, "other", "train") == ()
    deep = yaml.safe_load(HEADER.format(train="'**/train-*'", test="[a, b]").split("---\n")[1])
    assert split_files(paths, deep, "default", "train") == tuple(paths[:2])


PATHS = ["a/x-1.parquet", "a/x-2.parquet", "a/y.parquet", "b/x-1.parquet", "top.parquet"]


@pytest.mark.parametrize(
    ("config", "train"),
    [
        ({"data_files": {"train": "a/x-*.parquet", "test": "a/y.parquet"}}, PATHS[:2]),
        ({"data_files": {"train": ["a/x-1.parquet", "b/x-1.parquet"]}}, [PATHS[0], PATHS[3]]),
        ({"data_files": [{"split": "train", "path": "**/x-1.parquet"}]}, [PATHS[0], PATHS[3]]),
        ({"data_files": "*.parquet"}, PATHS[4:]),
        ({"data_files": ["a/y.parquet", "top.parquet"]}, [PATHS[2], PATHS[4]]),
        ({"data_dir": "a", "data_files": {"train": "x-?.parquet"}}, PATHS[:2]),
        ({"data_files": {"test": "a/y.parquet"}}, []),
        ({"data_files": 3}, []),
        ({"data_files": [{"split": "train"}]}, []),
        ({}, []),
    ],
)
def test_data_files_are_read_in_every_form_that_datasets_takes(config, train):
    header = {"configs": [{"config_name": "c", **config}]}
    assert split_files(PATHS, header, "c", "train") == tuple(train)


def test_what_is_there_is_named(hub, converted, tmp_path):
    moved = {f"other/{path.partition('/')[2]}": data for path, data in converted.items()}
    hub.plant(NEWS, {MAIN: {"ag_news.py": b""}, CONVERTED: moved})
    said = build(hub, tmp_path / "out")
    assert said["status"] == 1
    assert "; there are: other/test, other/train; get it at" in said["stderr"]
    renamed = parquet([{"review": "Cup final", "class": 1}])
    hub.plant(
        NEWS, {CONVERTED: {f"default/{name}/0000.parquet": renamed for name in ("train", "test")}}
    )
    said = build(hub, tmp_path / "out")
    assert "column 'text' is missing; there are: review, class" in said["stderr"]
    assert len(said["stderr"].splitlines()) == 1


def test_a_set_that_is_a_script_alone_says_where_to_put_it():
    (upstream,) = all_builders()["lti"].upstream
    assert absence(upstream).startswith(
        "SEACrowd/lti_langid_corpus: it is a script, which `datasets` no longer runs, and the Hub "
        "has not converted it; get it at https://"
    )
