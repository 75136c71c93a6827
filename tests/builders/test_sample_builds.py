"""Nine tasks built from the embedded samples: enough rows, sound, balanced, the same again."""

from __future__ import annotations

from collections import Counter

import pytest

from builders.audit.stored import read_audit
from builders.builder import Dropped
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


def test_the_edition_is_valid(further_samples):
    found = validate(further_samples.folder)
    assert found.violations == ()
    assert len(found.tasks) == 16
    assert read_audit(further_samples.folder).ok


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_sixty_balanced_rows_or_more(further_samples, name):
    splits = load_task(name, further_samples.folder)
    assert sum(len(splits[split]) for split in SPLITS) >= 60
    for split in SPLITS:
        labels = Counter(splits[split]["label"])
        counts = [labels[label] for label in range(all_builders()[name].task.n_options)]
        assert max(counts) - min(counts) <= 1


def test_other_processes_give_the_same_bytes(further_samples, digest_elsewhere):
    assert digest_elsewhere([*further_samples.manifest.tasks]) == further_samples.digest


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


def test_years_stand_at_each_rank_equally_often(further_samples):
    for rows in load_task("templama", further_samples.folder).values():
        ranks = Counter(sorted(row["options"]).index(row["options"][row["label"]]) for row in rows)
        assert max(ranks.values()) - min(ranks[rank] for rank in range(4)) <= 1


def test_lengths_of_comments_say_nothing(further_samples):
    items = [row for rows in load_task("toxicity", further_samples.folder).values() for row in rows]
    stretches = Counter((len(row["text"]) // 10, row["toxic"]) for row in items)
    assert all(stretches[length, 0] == stretches[length, 1] for length, _ in stretches)
