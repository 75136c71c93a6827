"""The model as a user sees it: what it says of itself, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaForCausalLM

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.neuron_model import NeuronModel


def test_repr_is_a_few_lines(tiny: NeuronModel) -> None:
    assert repr(tiny).splitlines() == [
        "NeuronModel 'tiny' (llama, causal)",
        "  72 neurons in 3 layers of 24",
        "  spaces: hidden, up",
        "  read by: cached prefix, padded batches, packed copies",
        "  float64 on cpu",
    ]


def test_a_model_without_gates_has_one_space(tiny: NeuronModel) -> None:
    config = GPT2Config(n_embd=16, n_layer=2, n_head=4, n_inner=40, vocab_size=128)
    model = NeuronModel.from_model(GPT2LMHeadModel(config), tiny.tokenizer)
    assert (tiny.spaces, model.spaces) == (("hidden", "up"), ("hidden",))
    assert (model.n_layers, model.widths, model.context) == (2, (40, 40), 1024)
    with pytest.raises(UsageError, match="'up' needs gated"):
        model.answer_gradients(["Who?"], [" A", " B"], space="up")


def test_other_weights_have_another_fingerprint(
    tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    same = NeuronModel.from_model(make_tiny_llama(), tiny.tokenizer, name="same", revision="v1")
    assert same.about() == {
        "model": "same",
        "revision": "v1",
        "weights": tiny.fingerprint,
        "dtype": "float64",
    }
    changed = make_tiny_llama()
    with torch.no_grad():
        changed.model.layers[2].mlp.down_proj.weight += 1e-3
    assert NeuronModel.from_model(changed, tiny.tokenizer).fingerprint != tiny.fingerprint


@pytest.mark.parametrize(
    ("prompts", "answers", "error", "words"),
    [
        ([], [" A"], UsageError, "no prompt is given"),
        ([""], [" A"], DataError, "prompt 0 is empty"),
        (["Who?"], [], UsageError, "no answer is given"),
        ("Who?", [" A"], UsageError, "lists of texts"),
        (["Who?"], " A", UsageError, "lists of texts"),
    ],
)
def test_no_question_is_asked(
    tiny: NeuronModel, prompts: Any, answers: Any, error: type, words: str
) -> None:
    with pytest.raises(error, match=words):
        tiny.answer_gradients(prompts, answers)
    with pytest.raises(error, match=words):
        tiny.contrast_gradients(prompts, answers, [0])
