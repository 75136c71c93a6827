"""Tokenizers and chat templates that would change what is measured."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer

from harness.run import chat
from harness.run.evaluation import Evaluation, evaluate
from harness.run.options import Options
from harness.tasks.settings import Settings
from mceval8k import get_task, load_pack
from mceval8k.errors import UsageError

TURNS = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
FORGETFUL = TURNS.replace("messages", "messages if m.role != 'system'")
THINKS = "{% if add_generation_prompt %}<assistant><think>\n{% endif %}"


@pytest.fixture
def chat_model(tiny_model: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Function that gives the tiny model a chat template."""

    def make(template: str) -> Path:
        folder = tmp_path / "chat"
        shutil.copytree(tiny_model, folder)
        (folder / "chat_template.jinja").write_text(template)
        return folder

    return make


def options(model: Path, edition: Path, arguments: str = "", **changes: Any) -> Options:
    base = Options(
        "hf",
        f"pretrained={model},dtype=float32{arguments}",
        Settings(str(edition)),
        tasks="agnews",
        limit=2,
        batch_size="8",
        device="cpu",
    )
    return replace(base, **changes)


def run(given: Options) -> Evaluation:
    evaluation = evaluate(given)
    assert evaluation is not None
    return evaluation


def first_prompt(evaluation: Evaluation) -> str:
    (samples,) = evaluation.samples.values()
    prompt: str = samples[0]["arguments"][0][0]
    return prompt


def end_texts(folder: Path, target: Path) -> Path:
    """Copy of a model whose tokenizer ends every text with the token that closes a document."""
    shutil.copytree(folder, target)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="$A <end>", special_tokens=[("<end>", 0)]
    )
    tokenizer.save_pretrained(target)
    assert AutoTokenizer.from_pretrained(target)("a")["input_ids"][-1] == 0
    return target


@pytest.mark.parametrize("kind", ["hf", "hf-prefix"])
def test_a_tokenizer_that_ends_every_text(tiny_model, edition, tmp_path, kind) -> None:
    ending = end_texts(tiny_model, tmp_path / "ending")
    found, expected = (
        run(replace(options(model, edition), model=kind)).answers[0].log_probabilities
        for model in (ending, tiny_model)
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.ptp(expected, axis=1).min() > 0.1  # options are told apart


@pytest.mark.parametrize("template", [NO_SYSTEM + TURNS, FORGETFUL], ids=["raises", "leaves out"])
def test_a_template_without_a_system_turn(chat_model, edition, template) -> None:
    evaluation = run(options(chat_model(template), edition, apply_chat_template=True))
    pack, task = load_pack(), get_task("agnews")
    assert first_prompt(evaluation).startswith(f"<user>{pack.instruction(task, 'en')}\n\n")
    assert evaluation.record["chat_template_notes"] == [
        "the chat template has no system turn: the instruction opens the user's turn"
    ]


def test_a_template_that_takes_no_such_turns(chat_model, edition) -> None:
    template = "{{ raise_exception('alternate') }}"
    with pytest.raises(UsageError, match="takes no turns of user: alternate"):
        evaluate(options(chat_model(template), edition, apply_chat_template=True))


def test_a_thought_is_closed(chat_model, edition) -> None:
    evaluation = run(options(chat_model(TURNS + THINKS), edition, apply_chat_template=True))
    assert first_prompt(evaluation).endswith("<assistant><think>\n\n</think>\n\n")
    assert len(evaluation.record["chat_template_notes"]) == 1


def test_a_thought_that_no_one_knows_to_close(chat_model, edition) -> None:
    template = TURNS + THINKS.replace("<think>", "[THINK]")
    with pytest.raises(UsageError, match=r"opens a thought \(\[THINK\]\).*--generate"):
        evaluate(options(chat_model(template), edition, apply_chat_template=True))


def test_replies_are_written_inside_the_thought(chat_model, edition) -> None:
    folder = chat_model(TURNS + THINKS)
    given = options(folder, edition, apply_chat_template=True, generate=True)
    evaluation = run(replace(given, limit=1, gen_kwargs="max_gen_toks=2"))
    assert first_prompt(evaluation).endswith("<assistant><think>\n")
    assert evaluation.record["chat_template_notes"] == []


def test_thinking_before_options_that_are_compared(chat_model, edition) -> None:
    arguments = ",enable_thinking=True,think_end_token=</think>"
    with pytest.raises(UsageError, match="enable_thinking=True goes with --generate"):
        evaluate(options(chat_model(TURNS), edition, arguments, apply_chat_template=True))


def test_a_template_with_a_system_turn_is_left_alone(chat_model, edition) -> None:
    evaluation = run(options(chat_model(TURNS), edition, apply_chat_template=True))
    assert first_prompt(evaluation).startswith("<system>")
    assert json.dumps(evaluation.record["chat_template_notes"]) == "[]"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "than 1",
        ),
        ("{{ messages[0].content * 10 ** 7 }}", "characters of a prompt"),
        ("{{ messages[0].content * 10 ** 18 }}", "the chat template fails"),
        ("{{ 1 + messages[0].content }}", "the chat template fails: TypeError"),
        ("{{ messages.__class__.__mro__ }}", "access to attribute '__class__' .*is unsafe"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "the chat template fails: Recursion"),
    ],
)
def test_a_template_that_does_not_end_or_fails_is_one_line(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, template: str, reason: str
) -> None:
    monkeypatch.setattr(chat, "_SECONDS", 1.0)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.chat_template = template
    asked = chat.ChatTemplate(SimpleNamespace(tokenizer=tokenizer), generate=False)
    with pytest.raises(UsageError, match=reason):
        asked([{"role": "user", "content": "Which one is it?"}])
