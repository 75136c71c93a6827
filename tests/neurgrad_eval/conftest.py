"""Tiny models for tests that need no download."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from neurgrad_eval.model import NeuronModel

LETTERS = [chr(code) for code in range(32, 127)]


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """One token per ASCII character, and one for each of ` A` to ` E`."""
    words = [*LETTERS, "\n", " A", " B", " C", " D", " E"]
    tokenizer = Tokenizer(
        models.BPE({w: i for i, w in enumerate(words)}, [(" ", c) for c in "ABCDE"])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split("\n", "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def tiny_llama(**changes: int) -> LlamaForCausalLM:
    """A random three-layer Llama with grouped-query attention, in float64 for exact comparisons."""
    torch.manual_seed(0)
    sizes = {
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "vocab_size": 128,
        "initializer_range": 0.5,
    }
    return LlamaForCausalLM(LlamaConfig(**(sizes | changes))).double()


@pytest.fixture(scope="session")
def tiny() -> NeuronModel:
    """A tiny Llama, wrapped."""
    return NeuronModel.from_model(tiny_llama(), tiny_tokenizer(), name="tiny")


@pytest.fixture(scope="session")
def make_tiny_llama() -> Callable[..., LlamaForCausalLM]:
    """Function that makes a random Llama; see `tiny_llama`."""
    return tiny_llama


WORDS = ("coast", "river", "market", "engine", "player", "minister", "forest", "signal")


def released_rows(count: int, seed: int, labels: int = 4) -> list[dict[str, Any]]:
    """Rows of a task in the released layout, with labels in turn."""
    rng = random.Random(seed)
    return [
        {"text": " ".join(rng.choices(WORDS, k=5)) + f" {seed}-{i}", "label": i % labels}
        for i in range(count)
    ]


@pytest.fixture
def probing_edition(tmp_path: Path) -> Path:
    """An edition in the released layout with a small agnews."""
    task = tmp_path / "edition" / "classification" / "agnews"
    task.mkdir(parents=True)
    for split, size, seed in (("train", 60, 1), ("valid", 4, 2), ("test", 20, 3)):
        (task / f"{split}.json").write_text(json.dumps(released_rows(size, seed)))
    return tmp_path / "edition"


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory, tiny: NeuronModel) -> Path:
    """Folder of a tiny Llama whose context holds a prompt; its name has markup in it."""
    folder = tmp_path_factory.mktemp("models") / "[bold]tiny"
    tiny_llama(max_position_embeddings=4096).float().save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    return folder
