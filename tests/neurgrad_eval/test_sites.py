"""Which models are taken, where their neurons are found, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
)

from mceval8k.errors import UsageError
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.sites import find_sites

SMALL = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 128,
}


def test_llama_neurons(tiny: NeuronModel) -> None:
    assert [site.name for site in tiny.sites] == [
        f"model.layers.{layer}.mlp.down_proj" for layer in range(3)
    ]
    assert tiny.widths == (24, 24, 24)
    assert all(site.gate is not None for site in tiny.sites)


def test_a_model_without_gates_has_no_up_space(tiny: NeuronModel) -> None:
    config = GPT2Config(n_embd=16, n_layer=2, n_head=4, n_inner=40, vocab_size=128)
    model = NeuronModel.from_model(GPT2LMHeadModel(config), tiny.tokenizer)
    assert model.widths == (40, 40)
    with pytest.raises(UsageError, match="'up' needs gated"):
        model.answer_gradients(["Who?"], [" A", " B"], space="up")


def test_experts_are_refused() -> None:
    model = MixtralForCausalLM(MixtralConfig(**SMALL, num_local_experts=2))
    with pytest.raises(UsageError, match="mixtures of experts"):
        find_sites(model)


def test_compiled_models_are_refused(tiny: NeuronModel) -> None:
    with pytest.raises(UsageError, match="compiled"):
        find_sites(torch.compile(tiny.model))


def test_a_dead_layer_is_refused(
    tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    model = make_tiny_llama()
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight.zero_()
    with pytest.raises(UsageError, match=r"layers\.1\.mlp\.down_proj changes no logit"):
        NeuronModel.from_model(model, tiny.tokenizer)


def test_no_model_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="model "):
        NeuronModel.from_pretrained(tmp_path)


def test_unknown_dtype(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'float8'"):
        NeuronModel.from_pretrained(tmp_path, dtype="float8")
