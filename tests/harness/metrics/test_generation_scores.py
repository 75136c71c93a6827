"""Scores of generated replies, worked by hand, and `mceval8k eval --generate` as a whole."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.metrics.generation_scores import generated_metrics, generated_score, read_replies
from harness.report.output import write_output
from harness.report.summary import notes, summary
from harness.report.tables import tables
from harness.run.evaluation import evaluate
from harness.run.options import Options
from harness.samples.sample import Sample
from harness.tasks.settings import Settings
from mceval8k.errors import UsageError
from mceval8k.registry import get_task
from tests.harness.made_samples import made_sample

REPLIES = [("B", 1), ("A", 1), ("Perhaps.", 0), ("No", 0), ("Yes", 1), ("yes", 0)]


def samples(*replies: tuple[str, int]) -> list[Sample]:
    return [
        made_sample(gold=label, lang="de" if number % 2 else "en", group=str(number), reply=reply)
        for number, (reply, label) in enumerate(replies)
    ]


def test_counts_by_hand() -> None:
    replies = read_replies(samples(*REPLIES))
    assert replies.chosen.tolist() == [1, 0, -1, 0, 1, 1]
    score = generated_score(get_task("paws"), replies, 3)
    assert (score.count.correct, score.count.n) == (3, 6)
    assert (score.unreadable, score.chance, score.num_fewshot) == (1, 0.5, 3)


def test_measures_by_hand() -> None:
    found = generated_metrics("paws", read_replies(samples(*REPLIES)))
    values = {name: estimate.value for name, estimate in found.values.items()}
    assert values["accuracy"] == values["accuracy_by_group"] == 0.5
    assert values["unreadable"] == pytest.approx(1 / 6)
    # Recall: 1 of 3 where A is right, 2 of 3 where B is.
    assert values["balanced_accuracy"] == pytest.approx((1 / 3 + 2 / 3) / 2)
    # Of the five that can be read, A is right twice and chosen twice.
    assert values["position_bias"] == 0
    assert math.isnan(values["brier"])
    assert [p.chosen.value for p in found.positions] == pytest.approx([2 / 6, 3 / 6])
    assert {lang: (n.correct, n.n) for lang, n in found.counts.items()} == {
        "de": (1, 3),
        "en": (2, 3),
    }
    assert found.languages["en"]["unreadable"].value == pytest.approx(1 / 3)


def test_nothing_can_be_read() -> None:
    found = generated_metrics("paws", read_replies(samples(("?", 0), ("!", 1))))
    assert found.values["unreadable"].value == 1
    assert found.values["accuracy"].value == 0
    assert math.isnan(found.values["position_bias"].value)
    assert all(map(math.isnan, found.position_test))


def given(model: Path, edition: Path, **changes: Any) -> Options:
    pack = changes.pop("pack", "default")
    return Options(
        "hf",
        f"pretrained={model},dtype=float32",
        Settings(str(edition), pack=pack),
        tasks="agnews,xnli",
        limit=2,
        batch_size="4",
        device="cpu",
        **changes,
    )


def test_an_evaluation_by_generation(tiny_model, edition, tmp_path) -> None:
    done = evaluate(given(tiny_model, edition, generate=True))
    assert done is not None
    assert set(done.samples) == {"mceval8k_agnews_gen", "mceval8k_xnli_gen"}
    for score in done.scores:
        scored = done.results["results"][f"mceval8k_{score.task}_gen"]
        assert scored["acc,none"] == score.count.accuracy
        assert scored["unreadable,none"] == score.unreadable / score.count.n
    assert sum("name no option" in note for note in notes(done)) == sum(
        score.unreadable > 0 for score in done.scores
    )
    found = json.loads(json.dumps(summary(done), allow_nan=False))
    assert found["generate"] is True
    assert [row["unreadable"] for row in found["tasks"]] == [s.unreadable for s in done.scores]
    for table in tables(done, metrics=True):
        Console(file=io.StringIO()).print(table)
    write_output(done, tmp_path / "out")
    assert (tmp_path / "out" / "summary.csv").read_text().startswith("task,genre,n,correct")


def test_rotations_need_log_likelihoods_and_symbols_of_positions(tiny_model, edition) -> None:
    with pytest.raises(UsageError, match="does not go with --generate"):
        evaluate(given(tiny_model, edition, generate=True, rotate=True))
    with pytest.raises(UsageError, match="pack words: its symbols belong to options"):
        evaluate(given(tiny_model, edition, pack="words", rotate=True))
