"""With the edition at hand, a majority of forged results changes nothing."""

from __future__ import annotations

import copy

import pytest

from harness.leaderboard.board import make_board
from harness.leaderboard.checking import check
from harness.leaderboard.collecting import collect
from harness.leaderboard.finding import find_results
from harness.leaderboard.reference import read_reference
from harness.tasks.order import by_id, ids_digest
from mceval8k.editions import open_edition
from mceval8k.errors import UsageError
from mceval8k.item import item_id
from mceval8k.task import Parts
from tests.harness.leaderboard.result_files import make_run, make_samples, make_scores, write_run

NAME = "mceval8k_agnews"


def run_on(folder, edition, *, forged=False):
    """A run on the edition's items; a forged one has as golds what it answered, hashed again."""
    opened = open_edition(edition)
    items = [
        dict(item, prompt_symbols=list("ABCD")) for item in by_id(opened.load("agnews")["test"])
    ]
    scores = make_scores(items, 1.0, folder.name)
    if forged:
        for item, line in zip(items, scores, strict=True):
            item["label"] = max(range(4), key=line.__getitem__)
            parts = Parts(item["question"], tuple(item["options"]), item["label"], "", item["lang"])
            item["id"] = item_id("agnews", parts)
    samples = make_samples(items, scores)
    content, _ = copy.deepcopy(make_run(f"lab/{folder.name}", tasks={"agnews": 1.0}, n=8))
    content["results"][NAME]["acc,none"] = sum(each["acc"] for each in samples) / len(samples)
    content["configs"][NAME]["metadata"] |= {
        "edition_digest": opened.digest,
        "test_items": len(items),
        "test_ids_digest": ids_digest(item["id"] for item in items),
    }
    write_run(folder, content, {NAME: samples})


@pytest.fixture
def runs(tmp_path, edition):
    run_on(tmp_path / "honest", edition)
    for name in ("forged-a", "forged-b"):
        run_on(tmp_path / name, edition, forged=True)
    return collect(find_results([tmp_path]), use_cache=False)


def test_only_what_is_of_the_edition_stays(runs, edition):
    reference = read_reference(str(edition), tasks="agnews")
    board = make_board(runs, reference=reference)
    assert [row.model.name for row in board.rows] == ["lab/honest"]
    assert {each.reason for each in board.rejected} == {"other items than those of this edition"}
    assert [task.name for task in board.tasks] == ["agnews"]
    found = check(runs, reference=reference)
    assert not found.is_fit
    assert [entry.run.model.name for entry in found.fitting] == ["lab/honest"]
    assert found.missing == ()


def test_another_edition_or_none_is_said(runs, edition, tmp_path):
    with pytest.raises(UsageError, match="has no task 'ner'"):
        read_reference(str(edition), tasks="ner")
    with pytest.raises(UsageError, match="neither our layout"):
        read_reference(str(tmp_path / "honest"), tasks="all")
