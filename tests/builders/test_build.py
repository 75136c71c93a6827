"""Whole editions: what is in them, that they are the same again, that failure changes nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from datasets import Value, load_dataset

from builders.audit.stored import read_audit
from builders.build import NO_BUILDER, NO_DATA, build, plan
from builders.making.hashing import rank
from builders.making.task import Request
from builders.reading.sources import open_source
from builders.registry import all_builders
from builders.validation import validate
from mceval8k import load_task
from mceval8k.editions import SPLITS
from mceval8k.errors import DataError, UsageError
from mceval8k.files import sha256
from mceval8k.item import COMMON_COLUMNS, INPUT

TASKS = ("ner", "agnews", "paws", "commonsenseqa", "halueval", "mlama")


def build_news(mirror, folder, **request):
    store = open_source(str(mirror))
    return build(plan("agnews", store).builders, store, Request(**request), folder)


@pytest.mark.parametrize("name", TASKS)
def test_samples_are_split_by_group_and_balanced(samples_edition, name):
    splits = load_task(name, samples_edition.folder)
    task = all_builders()[name].task
    groups = [set(splits[split]["group"]) for split in SPLITS]
    assert sum(map(len, groups)) == len(set().union(*groups))
    total = sum(len(rows) for rows in splits.values())
    assert total >= 60
    for split in SPLITS:
        share = 0.75 if split == "train" else 0.125
        assert len(splits[split]) == pytest.approx(share * total, abs=6 * len(task.languages))
        for lang in task.languages:
            some = splits[split].filter(lambda row, lang=lang: row["lang"] == lang)
            labels = Counter(some["label"])
            counts = [labels[label] for label in range(task.n_options)]
            assert max(counts) - min(counts) <= 1


def test_mlama_is_parallel(samples_edition):
    for rows in load_task("mlama", samples_edition.folder).values():
        by_fact = {}
        for row in rows:
            by_fact.setdefault(row["uuid"], []).append((row["lang"], row["label"]))
        for versions in by_fact.values():
            assert sorted(lang for lang, _ in versions) == ["de", "en", "es", "fr", "zh"]
            assert len({label for _, label in versions}) == 1


def test_the_types_of_ner_are_balanced_at_each_position(samples_edition):
    rows = load_task("ner", samples_edition.folder)["train"]
    golds = Counter((row["options"][row["label"]], row["label"]) for row in rows)
    assert len(golds) == 16
    assert max(golds.values()) - min(golds.values()) <= 2


@pytest.mark.parametrize("name", [*TASKS, None])
def test_plain_datasets_reads_the_folder(samples_edition, tmp_path, name):
    found = load_dataset(str(samples_edition.folder), name, cache_dir=str(tmp_path))
    if name is not None:
        expected = load_task(name, samples_edition.folder)
        for split in SPLITS:
            columns = {**expected[split].features, INPUT: Value("string")}
            assert found[split].features == columns
            items = found[split].remove_columns(INPUT)
            assert items.to_list() == expected[split].to_list()
        return
    assert tuple(found["train"].features) == COMMON_COLUMNS
    counts = samples_edition.manifest.tasks.values()
    assert all(len(found[split]) == sum(each[split] for each in counts) for split in SPLITS)
    assert set(found["test"]["task"]) == set(TASKS)


def test_parquet_has_no_metadata_of_any_library(samples_edition):
    for path in samples_edition.folder.glob("*/*.parquet"):
        assert pq.read_schema(path).metadata is None
        assert pq.read_metadata(path).metadata is None


def test_the_card_has_a_header_and_a_section_per_task(samples_edition):
    text = (samples_edition.folder / "README.md").read_text("utf-8")
    header = yaml.safe_load(text.split("---\n")[1])
    configs = [config["config_name"] for config in header["configs"]]
    assert configs == ["all", *TASKS]
    assert [info["config_name"] for info in header["dataset_info"]] == configs
    assert [config for config in header["configs"] if config.get("default")] == [
        header["configs"][0]
    ]
    for name in TASKS:
        task = all_builders()[name].task
        assert f"\n### {name}\n" in text
        assert task.licence in (samples_edition.folder / "LICENSE.md").read_text("utf-8")
        assert task.citation in (samples_edition.folder / "TASKS.md").read_text("utf-8")


def test_the_manifest_names_every_file(samples_edition):
    folder = samples_edition.folder
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {*samples_edition.manifest.files, "manifest.json"}
    assert samples_edition.manifest.edition == "samples"
    assert set(samples_edition.manifest.sources) == {
        source.id for name in TASKS for source in all_builders()[name].task.sources
    }


def test_other_processes_give_the_same_bytes(samples_edition, digest_elsewhere):
    assert digest_elsewhere(TASKS) == samples_edition.digest


def without_rows(splits):
    return {split: [{**row, "source_id": ""} for row in rows] for split, rows in splits.items()}


def test_the_order_of_upstream_rows_does_not_matter(news_mirror, write_jsonl, news, tmp_path):
    build_news(news_mirror, tmp_path / "one", size=40)
    folder = news_mirror / "fancyzhx/ag_news/default"
    write_jsonl(folder / "train.jsonl", news[:15:-1])
    write_jsonl(folder / "test.jsonl", news[15::-1])
    build_news(news_mirror, tmp_path / "two", size=40)
    one, two = (load_task("agnews", tmp_path / name) for name in ("one", "two"))
    assert without_rows(one) == without_rows(two)


def test_the_seed_changes_the_edition(news_mirror, tmp_path):
    one = build_news(news_mirror, tmp_path / "one", size=40)
    two = build_news(news_mirror, tmp_path / "two", size=40, seed=1)
    assert one.digest != two.digest


@pytest.mark.parametrize(("size", "splits"), [(64, (48, 8, 8)), (43, (33, 5, 5)), (8, (6, 1, 1))])
def test_sizes(news_mirror, tmp_path, size, splits):
    built = build_news(news_mirror, tmp_path / "out", size=size)
    assert tuple(built.reports[0].counts.values()) == splits


def test_fewer_rows_than_asked(news_mirror, tmp_path):
    message = "task agnews: requested 65 rows, had 64 that can be balanced and split, of 64 sound"
    with pytest.raises(DataError, match=message):
        build_news(news_mirror, tmp_path / "out", size=65)
    with pytest.raises(DataError, match="task agnews: requested 8,000 rows, had 64"):
        build_news(news_mirror, tmp_path / "out")
    built = build_news(news_mirror, tmp_path / "out", size=65, allow_smaller=True)
    assert built.reports[0].total == 64
    assert built.reports[0].is_smaller


def test_a_missing_label_is_no_balance(news_mirror, write_jsonl, news, tmp_path):
    folder = news_mirror / "fancyzhx/ag_news/default"
    for split in ("train", "test"):
        write_jsonl(folder / f"{split}.jsonl", [row for row in news if row["label"] != 2])
    with pytest.raises(DataError, match="task agnews: no sound row of '2'"):
        build_news(news_mirror, tmp_path / "out", size=8)


def test_parallel_items_need_a_size_for_whole_facts():
    store = open_source("samples")
    with pytest.raises(UsageError, match="task mlama: size 39 is less than 40 rows"):
        build(plan("mlama", store).builders, store, Request(size=39), Path("unused"))


@pytest.mark.parametrize("damage", ["not JSON", '{"text": "t", "label": 4}', '{"text": "t"}', ""])
def test_after_an_error_the_folder_is_as_it_was(news_mirror, tmp_path, damage):
    built = build_news(news_mirror, tmp_path / "parent" / "out", size=40)
    (news_mirror / "fancyzhx/ag_news/default/test.jsonl").write_text(damage)
    with pytest.raises(DataError, match=r"test\.jsonl"):
        build_news(news_mirror, built.folder, size=16)
    assert sha256(built.folder / "manifest.json") == built.digest
    assert validate(built.folder).ok
    assert [path.name for path in (tmp_path / "parent").iterdir()] == ["out"]


FULL_DISK = """
import resource, sys
from builders.cli import app
from mceval8k.console import run
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
run(app)
"""


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_disk_that_takes_no_more_leaves_the_earlier_build(news_mirror, tmp_path, processes):
    """A limit on the size of files fails in the same calls as a full disk."""
    built = build_news(news_mirror, tmp_path / "parent" / "out", size=16)
    words = ["build", "--source", news_mirror, "--size", "40", "--tasks", "agnews"]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, *words, "--processes", processes, "--out", built.folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert re.search(r"^error: .+: .*(File too large|errno 27)", done.stderr, re.MULTILINE)
    assert sha256(built.folder / "manifest.json") == built.digest
    assert [path.name for path in (tmp_path / "parent").iterdir()] == ["out"]


def test_an_earlier_build_is_replaced_and_another_folder_is_not(news_mirror, tmp_path):
    build_news(news_mirror, tmp_path / "out", size=40)
    build_news(news_mirror, tmp_path / "out", size=16)
    assert sum(map(len, load_task("agnews", tmp_path / "out").values())) == 16
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("text")
    with pytest.raises(UsageError, match="mine exists"):
        build_news(news_mirror, tmp_path / "mine", size=16)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "text"


def test_the_plan_skips_what_cannot_be_built(news_mirror, monkeypatch):
    builders = {name: all_builders()[name] for name in TASKS}
    monkeypatch.setattr("builders.build.all_builders", lambda: builders)
    chosen = plan("all", open_source(str(news_mirror)))
    assert [builder.task.name for builder in chosen.builders] == ["agnews"]
    assert chosen.skipped["ner"] == NO_DATA
    assert chosen.skipped["swag"] == NO_BUILDER


def test_a_task_that_is_named_itself_is_not_skipped(news_mirror, monkeypatch, tmp_path):
    store = open_source(str(news_mirror))
    with pytest.raises(UsageError, match="unknown task or genre 'agnwes'"):
        plan("agnwes", store)
    with pytest.raises(UsageError, match=r"nothing to build: .*paws"):
        plan("nli", store)
    with pytest.raises(DataError, match=r"conll2003/conll2003/train\.parquet: no such file"):
        build(plan("ner", store).builders, store, Request(), tmp_path / "out")
    monkeypatch.setattr("builders.registry.all_builders", dict)
    with pytest.raises(UsageError, match="task agnews has no builder"):
        plan("agnews", store)


@pytest.mark.full
@pytest.mark.shared
def test_the_mirror_gives_a_full_task(shared_dir, tmp_path):
    built = build_news(shared_dir / "upstream", tmp_path / "full")
    report = built.reports[0]
    assert report.counts == {"train": 6000, "validation": 1000, "test": 1000}
    assert report.read == 13_600
    assert report.dropped == {"duplicate-rows": 2}
    for rows in load_task("agnews", built.folder).values():
        assert set(Counter(rows["label"]).values()) == {len(rows) // 4}
    assert validate(built.folder).ok
    assert read_audit(built.folder).ok
    assert json.loads((built.folder / "manifest.json").read_text())["edition"] == "full"


@pytest.mark.parametrize("name", TASKS)
def test_rows_are_in_seeded_order(samples_edition, name):
    splits = load_task(name, samples_edition.folder)
    for rows in (splits["validation"], splits["test"]):
        assert rows["id"][:] == sorted(rows["id"], key=lambda id_: rank(0, "row", id_))


@pytest.mark.parametrize("name", TASKS)
def test_the_first_training_rows_are_balanced_demonstrations(samples_edition, name):
    """Of the split and of each language: with k rows of each label, no group twice among them."""
    task = all_builders()[name].task
    train = load_task(name, samples_edition.folder)["train"].to_list()
    width = task.n_options
    for lang in (None, *task.languages):
        rows = [row for row in train if lang in (None, row["lang"])]
        for start in range(0, 3 * width, width):
            block = rows[start : start + width]
            assert {row["label"] for row in block} == set(range(width))
            assert len({row["group"] for row in block}) == width
