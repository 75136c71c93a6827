"""Nine tasks built from the embedded samples: enough rows, sound, balanced, the same again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from builders.audit.stored import read_audit
from builders.build import build, plan
from builders.builder import Dropped
from builders.making.task import Request
from builders.reading.sources import open_source
from builders.registry import all_builders
from builders.validation import validate
from mceval8k import load_task
from mceval8k.editions import SPLITS

TASKS = (
    "amazon-reviews",
    "imdb",
    "mnli",
    "swag",
    "fever",
    "myriadlama",
    "templama",
    "stereoset",
    "toxicity",
)

BUILD = """
import sys
from pathlib import Path
from builders.build import build, plan
from builders.making.task import Request
from builders.reading.sources import open_source
store = open_source("samples")
builders = plan(sys.argv[1], store).builders
print(build(builders, store, Request(all_there_is=True), Path(sys.argv[2])).digest)
"""


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    store = open_source("samples")
    folder = tmp_path_factory.mktemp("built") / "samples"
    request = Request(all_there_is=True)
    return build(plan(",".join(TASKS), store).builders, store, request, folder)


def test_the_edition_is_valid(edition):
    found = validate(edition.folder)
    assert found.violations == ()
    assert set(found.tasks) == set(TASKS)
    assert read_audit(edition.folder).ok


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_sixty_balanced_rows_or_more(edition, name):
    splits = load_task(name, edition.folder)
    assert sum(len(splits[split]) for split in SPLITS) >= 60
    for split in SPLITS:
        labels = Counter(splits[split]["label"])
        counts = [labels[label] for label in range(all_builders()[name].task.n_options)]
        assert max(counts) - min(counts) <= 1


def test_another_process_gives_the_same_bytes(edition, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BUILD, ",".join(TASKS), str(tmp_path / "again")],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == edition.digest


@pytest.mark.parametrize("name", TASKS)
def test_the_order_of_rows_does_not_matter(name):
    builder, store = all_builders()[name], open_source("samples")
    rows = [row for upstream in builder.upstream for row in store.rows(upstream)]
    one, two = (
        [
            each.reason
            if isinstance(each, Dropped)
            else repr([each.drafts[0].raw, each.group, each.stratum])
            for each in builder.draft(some, 0)
        ]
        for some in (rows, rows[::-1])
    )
    assert Counter(one) == Counter(two)


def test_years_stand_at_each_rank_equally_often(edition):
    for rows in load_task("templama", edition.folder).values():
        ranks = Counter(sorted(row["options"]).index(row["options"][row["label"]]) for row in rows)
        assert max(ranks.values()) - min(ranks[rank] for rank in range(4)) <= 1


def test_lengths_of_comments_say_nothing(edition):
    items = [row for rows in load_task("toxicity", edition.folder).values() for row in rows]
    stretches = Counter((len(row["text"]) // 10, row["toxic"]) for row in items)
    assert all(stretches[length, 0] == stretches[length, 1] for length, _ in stretches)
