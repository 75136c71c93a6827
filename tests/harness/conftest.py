"""A small edition and a tiny random model, both made here, so that the tests need no network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from harness.tasks.settings import VARIABLES

TOPICS = ("The minister spoke", "The striker scored", "Shares fell", "The probe landed")
GREETING = {
    "en": ("Good day, Anna, visit number", "Someone says hello"),
    "fr": ("Bonjour Anna, visite", "Quelqu'un salue"),
    "de": ("Guten Tag, Anna, Besuch", "Jemand grüßt"),
    "zh": ("你好，安娜，第几次来访", "有人问好"),
    "es": ("Buenos días, Ana, visita", "Alguien saluda"),
}
LTI_TEXT = {"en": "Good morning", "fr": "Bonjour", "de": "Guten Tag", "zh": "早上好", "es": "Hola"}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(autouse=True)
def _no_report_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """lm-eval asks `pip list` and the like after every run: seconds for what no test reads."""
    monkeypatch.setattr("torch.utils.collect_env.get_pretty_env_info", lambda: "")


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Edition in the released layout with agnews, xnli and lti.

    xnli's test items with an even index have translations of themselves in train.
    """
    folder = tmp_path_factory.mktemp("edition")
    for split, start, count in (("train", 0, 40), ("valid", 40, 4), ("test", 100, 8)):
        _write(folder, "classification/agnews", split, _agnews(start, count))
        _write(folder, "multilingual/lti", split, _lti(start, count))
        first = 0 if split == "train" else start - 60
        _write(folder, "multilingual/xnli", split, _xnli(first, 2 * count))
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a random two-layer Llama whose tokenizer knows the answer symbols."""
    folder = tmp_path_factory.mktemp("tiny-model")
    save_tiny_model(folder)
    return folder


@pytest.fixture(scope="session")
def make_tiny_model() -> Callable[..., None]:
    """Function that saves a tiny model; see `save_tiny_model`."""
    return save_tiny_model


def save_tiny_model(folder: Path, *, output_weight: float | None = None) -> None:
    """Save the tiny model; `output_weight` takes the place of all weights before the logits."""
    tokenizer = _tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=2048,
        initializer_range=0.5,
        bos_token_id=None,
        eos_token_id=0,
    )
    model = LlamaForCausalLM(config)
    if output_weight is not None:
        torch.nn.init.constant_(model.lm_head.weight, output_weight)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["Answer: A B C D E"] * 9 + list(TOPICS), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")


def _write(folder: Path, task: str, split: str, rows: list[dict[str, Any]]) -> None:
    path = folder / task / f"{split}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def _agnews(start: int, count: int) -> list[dict[str, Any]]:
    numbers = range(start, start + count)
    return [{"text": f"{TOPICS[n % 4]} on day {n}.", "label": n % 4} for n in numbers]


def _lti(start: int, count: int) -> list[dict[str, Any]]:
    langs = list(LTI_TEXT)
    numbers = range(start, start + count)
    return [{"text": f"{LTI_TEXT[langs[n % 5]]} {n}", "lang": langs[n % 5]} for n in numbers]


def _xnli(start: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "index": n,
            "premise": f"{premise} {n}",
            "hypothesis": hypothesis,
            "label": n % 3,
            "lang": lang,
        }
        for n in range(start, start + count)
        for lang, (premise, hypothesis) in GREETING.items()
    ]
