"""Seven tasks, linguistic and multilingual, built from the samples and from treebanks."""

from __future__ import annotations

from collections import Counter

import pytest

from builders.audit.stored import read_audit
from builders.build import build, plan
from builders.making.task import Request
from builders.reading.sources import open_source
from builders.registry import all_builders
from builders.validation import validate
from mceval8k import load_task
from mceval8k.editions import SPLITS

TASKS = ("chunking", "clang8", "postag", "amazon-review-multi", "lti", "mpostag", "xnli")
TAGGED = ("postag", "mpostag", "chunking")


def gold(row):
    return row["options"][row["label"]]


@pytest.mark.parametrize("name", TASKS)
def test_sizes_groups_languages(further_samples, name):
    splits = load_task(name, further_samples.folder)
    task = all_builders()[name].task
    rows = [row for split in SPLITS for row in splits[split]]
    assert len(rows) >= 60
    languages = Counter(row["lang"] for row in rows)
    assert set(languages) == set(task.languages)
    assert min(languages.values()) >= 20
    groups = [set(splits[split]["group"]) for split in SPLITS]
    assert sum(map(len, groups)) == len(set().union(*groups))
    for split in SPLITS:
        for lang in task.languages:
            labels = Counter(row["label"] for row in splits[split] if row["lang"] == lang)
            counts = [labels[label] for label in range(task.n_options)]
            if name != "lti":  # whose label is the language
                assert max(counts) - min(counts) <= 2


@pytest.mark.parametrize("name", TASKS)
def test_strata_are_balanced(further_samples, name):
    rows = [row for split in load_task(name, further_samples.folder).values() for row in split]
    kinds = Counter((row["lang"], gold(row)) for row in rows if name != "clang8")
    assert max(kinds.values(), default=0) - min(kinds.values(), default=0) <= 1


@pytest.mark.parametrize("name", TAGGED)
def test_golds_and_distractors_are_the_same_tags(further_samples, name):
    rows = load_task(name, further_samples.folder)["train"]
    golds = {gold(row) for row in rows}
    assert golds == {option for row in rows for option in row["options"] if option != gold(row)}
    assert not golds & {"_", "X", "PUNCT", "SYM", "PRT"}


def test_tagged_words_stand_once_in_their_sentences(further_samples):
    for name in ("postag", "mpostag"):
        for row in load_task(name, further_samples.folder)["train"]:
            assert [form.casefold() for form in row["tokens"]].count(
                row["target_token"].casefold()
            ) == 1
            assert row["target_token"] in row["text"]


def test_xnli_is_parallel(further_samples):
    for rows in load_task("xnli", further_samples.folder).values():
        versions = Counter((row["source_id"], row["label"]) for row in rows)
        assert set(versions.values()) == {5}


def test_the_right_sentence_is_as_often_the_longer_as_the_shorter(further_samples):
    signs = Counter()
    for rows in load_task("clang8", further_samples.folder).values():
        for row in rows:
            right, wrong = gold(row), row["options"][1 - row["label"]]
            signs[(len(right) > len(wrong)) - (len(right) < len(wrong))] += 1
    assert abs(signs[1] - signs[-1]) <= 2
    assert signs[1] > 20


@pytest.mark.full
@pytest.mark.shared
def test_treebanks_give_full_tasks(shared_dir, tmp_path):
    store = open_source(str(shared_dir / "upstream"))
    builders = plan("postag,mpostag", store).builders
    built = build(builders, store, Request(), tmp_path / "full", processes=2)
    postag, mpostag = built.reports
    for report in built.reports:
        assert report.counts == {"train": 6000, "validation": 1000, "test": 1000}
    assert postag.read == 13_369
    assert mpostag.read == 5000
    assert postag.joined == 5  # such as "Oh yeah?" and "Oh, yeah." in two conversations
    assert validate(built.folder).ok
    assert read_audit(built.folder).ok
    for name, rows in load_task("mpostag", built.folder).items():
        kinds = Counter((row["lang"], gold(row)) for row in rows)
        assert len(kinds) == 50
        assert set(kinds.values()) == {len(rows) // 50}, name
    for rows in load_task("postag", built.folder).values():
        tags = Counter(map(gold, rows))
        assert len(tags) == 14
        assert max(tags.values()) - min(tags.values()) <= 1
