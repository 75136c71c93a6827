"""How much a model may write, what batch it gets, and options that do not go together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.report.summary import notes
from harness.run.evaluation import evaluate, load_task
from harness.run.generation import REASONING_TOKENS, give_room, reasons
from harness.run.models import batch_size_of
from harness.run.options import Options
from harness.samples.replies import stops_in_reasoning
from harness.tasks.settings import Settings
from mceval8k.errors import UsageError
from mceval8k.registry import get_task

THINKS = "{{ messages }}<think>\n"


class Model:
    """A model with a chat template."""

    def __init__(self, template: str | None) -> None:
        self.tokenizer = type("Tokenizer", (), {"chat_template": template})()


def options(edition: Path, **more: Any) -> Options:
    return Options("hf", "pretrained=x", Settings(str(edition)), generate=True, **more)


@pytest.mark.parametrize(
    ("template", "more", "length"),
    [
        (THINKS, {}, REASONING_TOKENS),
        (THINKS, {"gen_kwargs": "temperature=0.6"}, REASONING_TOKENS),
        (THINKS, {"gen_kwargs": "max_gen_toks=99"}, 32),  # lm-eval puts the 99 in its place
        (THINKS, {"apply_chat_template": False}, 32),
        ("{{ messages }}", {}, 32),
        (None, {}, 32),
    ],
)
def test_models_that_reason_have_room_for_it(edition, template, more, length) -> None:
    task = load_task(Settings(str(edition)), get_task("agnews"), 0, generation=True)
    wanted = {"apply_chat_template": True, **more}
    give_room(Model(template), options(edition, **wanted), [task])
    assert task.config.generation_kwargs["max_gen_toks"] == length


def test_a_model_without_a_tokenizer_here_is_left_alone() -> None:
    assert not reasons(object())
    assert reasons(Model("<|channel|>"))


@pytest.mark.parametrize(
    ("kind", "asked", "expected"),
    [("vllm", None, "auto"), ("sglang", None, "auto"), ("hf", None, "8"), ("vllm", "4", "4")],
)
def test_engines_that_batch_by_themselves_get_all_requests(kind, asked, expected) -> None:
    assert batch_size_of(kind, asked) == expected


def test_settings_of_generation_need_generation(edition) -> None:
    wanted = replace(options(edition, gen_kwargs="max_gen_toks=4"), generate=False)
    with pytest.raises(UsageError, match=r"--gen-kwargs .* goes with --generate"):
        evaluate(wanted)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("<think>It may be", True),
        ("<|channel|>analysis<|message|>It may be", True),
        ("<think>A?</think>B", False),
        ("A?</think>B", False),
        ("B", False),
        ("", False),
        (None, False),
    ],
)
def test_replies_that_stop_in_the_reasoning(reply, expected) -> None:
    assert stops_in_reasoning(reply) is expected


def test_replies_that_are_none_are_unreadable_and_cut_ones_are_told(
    edition, tiny_model, monkeypatch
) -> None:
    replies = iter([None, "<think>It may be"] * 100)
    monkeypatch.setattr(
        "lm_eval.models.huggingface.HFLM.generate_until",
        lambda self, requests, **kwargs: [next(replies) for _ in requests],
    )
    wanted = options(edition, tasks="agnews", device="cpu", gen_kwargs="max_gen_toks=4")
    done = evaluate(replace(wanted, model_args=f"pretrained={tiny_model},dtype=float32"))
    assert done is not None
    (score,) = done.scores
    assert score.unreadable == score.count.n == 8
    assert any("4 replies end within the model's reasoning" in note for note in notes(done))
    assert done.record["gen_kwargs"] == "max_gen_toks=4"
    assert done.results["config"]["gen_kwargs"] == {"max_gen_toks": 4}
