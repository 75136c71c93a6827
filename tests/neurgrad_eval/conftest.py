"""Tiny models for tests that need no download."""

from __future__ import annotations

from collections.abc import Callable

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
