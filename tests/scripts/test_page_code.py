"""The Python of the pages runs, on a tiny model with as many neurons as the one that they name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import neurgrad_eval as ng
from neurgrad_eval import NeuronModel
from tests import commands

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/how-to/neurons-of-an-answer.md",
    "docs/gradients.md",
    "docs/sweeps.md",
    "docs/control.md",
    "docs/experiments.md",
    "docs/probes.md",
    "docs/own-data.md",
    "docs/publishing.md",
)
WORDS = ("The", "capital", "of", "France", "Italy", "is", "Paris", "Rome", "A", "B")


@pytest.fixture(scope="module")
def model() -> NeuronModel:
    """A random Llama of 30 layers of 1,536 neurons; a word and the space before it are a token."""
    words = ["<unk>", *WORDS, *(f" {word}" for word in WORDS)]
    raw = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_next")
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=8,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=2,
        num_key_value_heads=1,
        vocab_size=len(words),
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>")
    return NeuronModel.from_model(LlamaForCausalLM(config), tokenizer)


@pytest.fixture(scope="module")
def given(model: NeuronModel) -> dict[str, Any]:
    """What pages take for granted: prompts, and features of them."""
    places = ("France", "Italy")
    prompts = [f"{'The ' * n}capital of {place} is" for n in range(12) for place in places]
    labels, groups = [0, 1] * 12, [str(number) for number in range(24)]
    features = ng.collect(model, prompts, [" A", " B"], labels, groups=groups)
    return {"prompts": prompts, "labels": labels, "groups": groups, "features": features}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader stands: a clone, after `make demo` and a build."""
    place = tmp_path_factory.mktemp("clone")
    (place / "examples").symlink_to(ROOT / "examples")
    for edition in ("build/demo/edition", "editions/full"):
        assert (
            commands.mceval8k("build", "--task", "agnews", "--out", place / edition).returncode == 0
        )
    return place


@pytest.mark.parametrize("page", PAGES)
def test_python_of_the_pages_runs(page, model, given, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(NeuronModel, "from_pretrained", lambda name: model)
    monkeypatch.setattr("neurgrad_eval.smollm2.ensure_smollm2", lambda: "SmolLM2")
    seen = dict(given)
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), seen)
