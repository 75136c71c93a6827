"""Edits of single neurons against hooks written by hand on passes over whole sequences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    BertConfig,
    BertForMaskedLM,
    PreTrainedTokenizerFast,
)

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.engine.reference import plain_answer_gradients
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.neuron_model import NeuronModel

ANSWERS = [" A", " B", " C"]
PROMPTS = [
    "Choose.\nWhat is red?\nAnswer:",
    "Choose.\nWho?\nAnswer:",
    "Choose.\nIs it so?\nAnswer:",
]
EDITS: dict[str, Any] = {
    "set": {(0, 3): 2.0, (1, 7): -3.0},
    "scale": {(0, 5): 0.0, (1, 7): 2.0},
    "add": {(1, 7): 1.0, (1, 20): 4.0},
}
SMALL = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "ffn_dim": 24,
    "n_inner": 24,
    "word_embed_proj_dim": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 256,
    "vocab_size": 101,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": None,
}
KINDS: dict[str, dict[str, Any]] = {
    "llama": {"num_key_value_heads": 2},
    "gpt2": {},
    "opt": {},  # its blocks flatten rows and positions
    "bloom": {},  # its copies are repeated
    "mistral": {"num_key_value_heads": 2, "sliding_window": 8},  # repeated beyond the window
}


@cache
def make(kind: str, tokenizer: PreTrainedTokenizerFast) -> NeuronModel:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **SMALL | KINDS[kind]))
    with torch.no_grad():
        for parameter in model.double().parameters():
            if parameter.ndim == 2:
                parameter.mul_(0.5 / parameter.std())
    return NeuronModel.from_model(model, tokenizer, name=kind)


@pytest.fixture(params=KINDS)
def model(request: pytest.FixtureRequest, tiny: NeuronModel) -> NeuronModel:
    return make(request.param, tiny.tokenizer)


def edited(hidden: Tensor, layer: int) -> Tensor:
    """EDITS of one layer's neurons [..., neuron], in the order set, scale, add."""
    hidden = hidden.clone()
    for (of, index), value in EDITS["set"].items():
        if of == layer:
            hidden[..., index] = value
    for (of, index), value in EDITS["scale"].items():
        if of == layer:
            hidden[..., index] = hidden[..., index] * value
    for (of, index), value in EDITS["add"].items():
        if of == layer:
            hidden[..., index] = hidden[..., index] + value
    return hidden


@contextmanager
def by_hand(model: NeuronModel, start: int) -> Iterator[None]:
    """EDITS in a pass over one whole sequence, from position `start` on."""
    handles = []
    for site in model.sites:

        def hook(
            _module: nn.Module, args: tuple[Tensor, ...], layer: int = site.layer
        ) -> tuple[Tensor]:
            flat = args[0].reshape(-1, args[0].shape[-1])
            changed = torch.cat([flat[:start], edited(flat[start:], layer)])
            return (changed.reshape(args[0].shape),)

        handles.append(site.module.register_forward_pre_hook(hook))
    yield
    for handle in handles:
        handle.remove()


def hooks(model: NeuronModel) -> list[nn.Module]:
    return [m for m in model.model.modules() if m._forward_pre_hooks or m._forward_hooks]


def largest_error(found: AnswerGradients, expected: AnswerGradients) -> float:
    pairs = [
        *zip(found.gradients, expected.gradients, strict=True),
        *zip(found.activations, expected.activations, strict=True),
        (found.probabilities, expected.probabilities),
    ]
    return max(float((a - b).norm() / b.norm()) for a, b in pairs)


@pytest.mark.parametrize("at", ["last", "all"])
def test_a_pass_over_a_whole_sequence(model: NeuronModel, at: Any) -> None:
    ids = torch.tensor([model.tokenizer(PROMPTS[0])["input_ids"]])
    plain = model.model(ids).logits
    with model.intervene(**EDITS, at=at):
        found = model.model(ids).logits
    with by_hand(model, ids.shape[1] - 1 if at == "last" else 0):
        expected = model.model(ids).logits
    torch.testing.assert_close(found, expected)
    assert torch.equal(found[:, :-1], plain[:, :-1]) == (at == "last")
    assert not torch.allclose(found[:, -1], plain[:, -1])
    assert not hooks(model)


def test_one_neuron_is_set_then_scaled_then_added_to(tiny: NeuronModel) -> None:
    edits = {"set": {(1, 4): 2.0}, "scale": {(1, 4): 3.0}, "add": {(1, 4): 1.0}}
    with tiny.intervene(**edits, at="all"):
        found = tiny.answer_gradients(PROMPTS, ANSWERS)
    assert found.activations[1][:, 4].tolist() == [7.0] * 3


@pytest.mark.parametrize("at", ["last", "all"])
def test_generation_equals_running_everything_again(model: NeuronModel, at: Any) -> None:
    """With `last`, the prompt's last position and all that are generated stay edited."""
    prompt, ids = PROMPTS[0], model.tokenizer(PROMPTS[0])["input_ids"]
    start = len(ids) - 1 if at == "last" else 0
    for _ in range(12):
        with torch.no_grad(), by_hand(model, start):
            ids.append(int(model.model(torch.tensor([ids])).logits[0, -1].argmax()))
    expected = model.tokenizer.decode(ids[-12:])
    with model.intervene(**EDITS, at=at):
        assert model.generate(prompt, max_new_tokens=12) == expected
    assert model.generate(prompt, max_new_tokens=12) != expected


def test_rows_that_end_together(model: NeuronModel) -> None:
    texts = ["Who is it? ", "Who is he? "]
    ids = torch.tensor(model.tokenizer(texts)["input_ids"])
    with model.intervene(**EDITS, at="last"):
        together = model.model(ids).logits
        for row, logits in zip(ids, together, strict=True):
            torch.testing.assert_close(model.model(row[None]).logits[0], logits)


@pytest.mark.parametrize("at", ["last", "all"])
@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_answer_gradients(model: NeuronModel, at: Any, batch_size: int) -> None:
    plain = model.answer_gradients(PROMPTS, ANSWERS)
    with model.intervene(**EDITS, at=at):
        found = model.answer_gradients(PROMPTS, ANSWERS, batch_size=batch_size)
        expected = plain_answer_gradients(model, PROMPTS, ANSWERS, batch_size=1)
    assert largest_error(found, expected) < 1e-6
    assert largest_error(found, plain) > 1e-2
    assert found.activations[0][:, 3].tolist() == [2.0] * 3
    assert not found.activations[0][:, 5].any()


def test_sweeps_start_from_the_edit(model: NeuronModel) -> None:
    ids = torch.tensor([model.tokenizer(PROMPTS[0])["input_ids"]])
    answer = model.tokenizer(" B")["input_ids"][0]
    with model.intervene(**EDITS):
        found = sweep(
            model, PROMPTS[0], " B", neurons=[(1, 20), (0, 3)], shifts=[-1.5, 1.0], sign="signed"
        )
    for neuron, changes in zip(found.neurons, found.output_shifts.tolist(), strict=True):
        for shift, change in zip((-1.5, 1.0), changes, strict=True):
            add = EDITS["add"] | {neuron: EDITS["add"].get(neuron, 0.0) + shift}
            with model.intervene(**EDITS | {"add": add}), torch.no_grad():
                shifted = model.model(ids).logits[0, -1].softmax(-1)[answer]
            assert found.base + change == pytest.approx(float(shifted), rel=1e-4)


def test_the_strategy_does_not_depend_on_an_edit(tiny: NeuronModel) -> None:
    with tiny.intervene(add={(0, 1): 5.0}):
        found = NeuronModel.from_model(tiny.model, tiny.tokenizer).reading
    assert found.strategy == tiny.reading.strategy
    assert found.error < 1e-6


def test_a_masked_model_is_edited_everywhere(tiny: NeuronModel) -> None:
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tiny.tokenizer.backend_tokenizer, mask_token="[MASK]"
    )
    torch.manual_seed(0)
    changes = {"initializer_range": 0.5, "vocab_size": 128, "eos_token_id": None}
    model = NeuronModel.from_model(BertForMaskedLM(BertConfig(**SMALL | changes)), tokenizer)
    texts = ["Is it [MASK]?", "[MASK] it is, as all know."]
    with model.intervene(**EDITS, at="all"):
        found = model.answer_gradients(texts, ["A", "B"])
        expected = plain_answer_gradients(model, texts, ["A", "B"])
    assert largest_error(found, expected) < 1e-4
    assert found.activations[0][:, 3].tolist() == [2.0] * 2
    with pytest.raises(UsageError, match="at='all'"), model.intervene(add={(0, 1): 1.0}):
        pass
    with pytest.raises(UsageError, match="generates no text"):
        model.generate("Is it so?")


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ({}, "no neuron is given"),
        ({"add": {}, "set": None}, "no neuron is given"),
        ({"scale": {(2, 0): 0.0, (3, 0): 0.0}}, r"neuron \(3, 0\): the layers are 0 to 2"),
        ({"set": {(1, 24): 0.0}}, "layer 1 has neurons 0 to 23"),
        ({"add": {(1, 2): 1.0}, "at": "end"}, "'end' is neither 'last' nor 'all'"),
        ({"add": [(1, 2)]}, "add: give a dictionary"),
        ({"set": {12: 1.0}}, "set: give a dictionary"),
        ({"scale": {(1, 2): "much"}}, "scale: give a dictionary"),
    ],
)
def test_bad_edits_are_named(tiny: NeuronModel, edits: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words), tiny.intervene(**edits):
        pass
    assert not hooks(tiny)


def test_no_hook_survives_a_failure(tiny: NeuronModel) -> None:
    with pytest.raises(ZeroDivisionError), tiny.intervene(**EDITS):
        assert hooks(tiny)
        raise ZeroDivisionError
    assert not hooks(tiny)


@pytest.mark.parametrize(
    ("prompt", "tokens", "error", "words"),
    [
        ("", 5, DataError, "the prompt is empty"),
        ("Who?", 0, UsageError, "max_new_tokens is 0"),
        ("x" * 250, 7, DataError, "250 tokens, and 7 may follow: the model's context holds 256"),
    ],
)
def test_bad_generation_is_named(
    tiny: NeuronModel, prompt: str, tokens: int, error: type, words: str
) -> None:
    with pytest.raises(error, match=words):
        tiny.generate(prompt, max_new_tokens=tokens)


def test_options_of_generation(tiny: NeuronModel) -> None:
    sampled = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        sampled.append(tiny.generate("Who?", max_new_tokens=20, do_sample=True))
    assert sampled[0] == sampled[1] != sampled[2]
