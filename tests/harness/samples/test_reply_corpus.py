"""The labelled replies: how often they are misread or unread, as docs/replies.md says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.samples.replies import read_reply
from mceval8k.task import LANGUAGES
from tests.harness.samples.reply_corpus import MODELS, corpus, error_table

DOCS = Path(__file__).parents[3] / "docs" / "replies.md"
NEWS = ("World", "Sports", "Business", "Sci/Tech")
CLAIM = ("False", "True")
STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")


def test_the_corpus_is_large_and_of_all_kinds() -> None:
    written = Counter(reply.lang for reply in corpus() if not reply.is_real)
    assert sum(written.values()) >= 400
    assert all(written[lang] >= 60 for lang in LANGUAGES)
    assert all(sum(reply.manner == model for reply in corpus()) >= 50 for model in MODELS)
    nothing = sum(reply.answer is None for reply in corpus())
    assert len(corpus()) / 4 < nothing < len(corpus()) / 2
    assert 0.4 < sum(reply.split == "test" for reply in corpus()) / len(corpus()) < 0.6


def test_the_published_errors_are_those_of_the_rules() -> None:
    assert error_table() in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("split", ["development", "test"])
def test_errors_are_few(split: str) -> None:
    chosen = [reply for reply in corpus() if reply.split == split]
    wrong = [reply for reply in chosen if reply.read != reply.answer]
    assert sum(reply.read is not None for reply in wrong) <= 0.01 * len(chosen)
    assert len(wrong) <= 0.03 * len(chosen)


@pytest.mark.parametrize(
    ("reply", "options", "expected"),
    [
        ("B is correct.", NEWS, 1),
        ("Option B is the correct answer.", NEWS, 1),
        ("It's B.", NEWS, 1),
        ("I'd say B.", NEWS, 1),
        ("<answer>B</answer>", NEWS, 1),
        ("La réponse est donc B.", NEWS, 1),
        ("Die richtige Antwort ist also B.", NEWS, 1),
        ("I don't think the answer is B.", NEWS, None),
        ("I can't help with that business.", NEWS, None),
        ("It is true that I cannot verify this claim.", CLAIM, None),
        (
            "<|channel|>analysis<|message|>At first it looks like World.<|end|><|start|>assistant"
            "<|channel|>final<|message|>B",
            NEWS,
            1,
        ),
        ("[THINK]World? Or C?[/THINK]B", NEWS, 1),
        ("<thinking>It may be A.</thinking>B", NEWS, 1),
        ("<seed:think>A or C</seed:think>B", NEWS, 1),
        ("Answer: A\nNo, that is wrong.\nAnswer: C", NEWS, 2),
        ("A) No. B) Yes. C) No. D) No.", NEWS, None),
        ("A? No. It is C.", NEWS, 2),
        ("3 out of 5 stars", STARS, 2),
        ("between 3 and 4 stars", STARS, None),
        ("That is hardly true.", CLAIM, None),
        ("A good product.", STARS, None),
        ("A very good product", STARS, None),
        ("A good review, 4 stars", STARS, 3),
        ("A good answer would mention the price.", NEWS, None),
        ("A correct answer needs more context.", NEWS, None),
        ("A good question! The answer is B.", NEWS, 1),
        ("A is the best answer.", NEWS, 0),
        ("A best fits the text.", NEWS, 0),
        ("A. Good choice?", NEWS, 0),
        ("**A** correct answer", NEWS, 0),
        ("A correct.", NEWS, 0),
    ],
)
def test_replies_that_were_read_wrongly_once(reply, options, expected) -> None:
    assert read_reply(reply, "ABCDE"[: len(options)], options) == expected
