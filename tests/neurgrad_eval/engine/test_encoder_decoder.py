"""Encoder-decoders: where their answer is predicted, what runs once, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    EncoderDecoderConfig,
    EncoderDecoderModel,
    T5Config,
    T5ForConditionalGeneration,
)

from mceval8k.errors import UsageError
from neurgrad_eval.engine.joint_shifts import NOTHING, JointShift, shift_jointly
from neurgrad_eval.engine.question import ask
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.models.encoding import target_answer_tokens
from neurgrad_eval.neuron_model import NeuronModel
from scripts.tiny_models import draw, tokenizer

PROMPTS = ["Who?", "What is red?", "What is the colour of the sea?"]
ANSWERS = [" A", " B"]
SMALL = {"vocab_size": 128, "pad_token_id": 0, "eos_token_id": 2}


def _t5() -> T5ForConditionalGeneration:
    sizes = {"d_model": 16, "d_kv": 4, "num_heads": 4, "d_ff": 24, "num_layers": 2}
    return T5ForConditionalGeneration(
        T5Config(**SMALL, **sizes, feed_forward_proj="gated-gelu", decoder_start_token_id=0)
    )


def _bart() -> BartForConditionalGeneration:
    sides = [
        {f"{side}_layers": 2, f"{side}_attention_heads": 4, f"{side}_ffn_dim": 24}
        for side in ("encoder", "decoder")
    ]
    sizes = {"d_model": 16, "max_position_embeddings": 40, "bos_token_id": 1}
    config = BartConfig(**SMALL, **sizes, **sides[0], **sides[1], decoder_start_token_id=2)
    model = BartForConditionalGeneration(config)
    model.generation_config.forced_bos_token_id = 1
    return model


def _bert_to_bert() -> EncoderDecoderModel:
    """The two halves have embeddings of their own."""
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 4}
    halves = [BertConfig(**SMALL, **sizes, num_hidden_layers=2) for _ in range(2)]
    config = EncoderDecoderConfig.from_encoder_decoder_configs(*halves)
    config.decoder_start_token_id = 1
    return EncoderDecoderModel(config)


@pytest.fixture(scope="module", params=[_t5, _bart, _bert_to_bert], ids=["t5", "bart", "bert"])
def model(request: pytest.FixtureRequest) -> NeuronModel:
    torch.manual_seed(0)
    made = request.param()
    draw(made)
    return NeuronModel.from_model(made, tokenizer())


@contextmanager
def counted(module: nn.Module) -> Iterator[list[int]]:
    """Rows of each pass of a module."""
    rows: list[int] = []

    def note(_module: nn.Module, _args: Any, options: Any) -> None:
        rows.append(len(options["input_ids"]))

    hook = module.register_forward_pre_hook(note, with_kwargs=True)
    yield rows
    hook.remove()


def test_probabilities_are_those_of_the_first_token_that_is_generated(model: NeuronModel) -> None:
    found = model.answer_gradients(PROMPTS, ANSWERS).probabilities
    forced = len(model.answer_at.decoder_start) - 1
    for row, prompt in enumerate(PROMPTS):
        ids = torch.tensor([model.tokenizer(prompt)["input_ids"]])
        generated = model.model.generate(
            ids, max_new_tokens=2, output_logits=True, return_dict_in_generate=True
        )
        expected = generated.logits[forced][0].softmax(-1)
        answers = [model.tokenizer(answer)["input_ids"][0] for answer in "AB"]
        torch.testing.assert_close(found[row], expected[answers])


def test_the_encoder_runs_once_for_all_copies(model: NeuronModel) -> None:
    encoder = model.model.get_encoder()
    with counted(encoder) as rows:
        model.answer_gradients(PROMPTS, ANSWERS)
    assert rows == [3]
    with counted(encoder) as rows:
        sweep(model, PROMPTS[1], " A", neurons=[(0, 3), (1, 5)], copies=4)
    assert rows == [1]


def test_a_sweep_is_what_real_shifts_do(model: NeuronModel) -> None:
    found = sweep(model, PROMPTS[1], " A", neurons=[(0, 3), (1, 5)], shifts=[-1, 2], sign="signed")
    for row, (layer, index) in enumerate(found.neurons):
        for column, shift in enumerate((-1.0, 2.0)):
            moved = _shifted(model, PROMPTS[1], {layer: (index, shift)})
            effect = float(found.output_shifts[row, column]) + found.base
            assert effect == pytest.approx(float(moved), rel=1e-4)


def test_joint_shifts_are_what_real_shifts_do(model: NeuronModel) -> None:
    moves = {0: (3, 2.0), 1: (5, -1.0)}
    jobs = [NOTHING, JointShift.of([3, model.widths[0] + 5], [2, -1], model.widths)]
    found = np.exp(shift_jointly(ask(model, PROMPTS[2], " A"), jobs)[:, 0])
    expected = [float(_shifted(model, PROMPTS[2], moved)) for moved in ({}, moves)]
    assert found.tolist() == pytest.approx(expected, rel=1e-4)
    assert abs(found[1] / found[0] - 1) > 1e-2


@torch.no_grad()
def _shifted(model: NeuronModel, prompt: str, moves: Mapping[int, tuple[int, float]]) -> Tensor:
    """Probability of the answer with a neuron of each layer moved at the last token, by hand."""

    def move(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor]:
        index, shift = moves[layers[module]]
        hidden = args[0].clone()
        hidden[:, -1, index] += shift
        return (hidden,)

    layers = {model.sites[layer].module: layer for layer in moves}
    hooks = [module.register_forward_pre_hook(move) for module in layers]
    start = torch.tensor([model.answer_at.decoder_start])
    ids = torch.tensor([model.tokenizer(prompt)["input_ids"]])
    logits = model.model(input_ids=ids, decoder_input_ids=start).logits[0, -1]
    for hook in hooks:
        hook.remove()
    return logits.softmax(-1)[model.tokenizer("A")["input_ids"][0]]


def test_edits_are_at_the_decoders_last_token(model: NeuronModel) -> None:
    with model.intervene(set={(1, 5): 3.0}):
        edited = model.answer_gradients(PROMPTS, ANSWERS)
        text = model.generate(PROMPTS[1], max_new_tokens=4)
    assert edited.activations[1][:, 5].tolist() == [3.0] * 3
    plain = model.answer_gradients(PROMPTS, ANSWERS)
    assert not torch.allclose(edited.probabilities, plain.probabilities)
    assert not text.startswith(PROMPTS[1])


def test_answers_begin_a_text_of_their_own() -> None:
    ids = target_answer_tokens(tokenizer(), [" A", "B"])
    assert ids == [tokenizer()(letter)["input_ids"][0] for letter in "AB"]
    with pytest.raises(UsageError, match="same token"):
        target_answer_tokens(tokenizer(), [" A", "A"])
    with pytest.raises(UsageError, match="' AB' is not one known token"):
        target_answer_tokens(tokenizer(), [" AB"])


def test_loading(tmp_path: Path) -> None:
    """A control with random weights begins as its checkpoint does, and kinds are not mixed up."""
    _bart().save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    for seed in (None, 1):
        loaded = NeuronModel.from_pretrained(tmp_path, random_weights=seed)
        assert loaded.kind == "seq2seq"
        assert loaded.answer_at.decoder_start == (2, 1)
    for kind in ("causal", "masked"):
        with pytest.raises(UsageError, match="encoder-decoder: leave kind"):
            NeuronModel.from_pretrained(tmp_path, kind=kind)


def test_what_cannot_be_read_as_one_is_refused(tiny: NeuronModel) -> None:
    with pytest.raises(UsageError, match="no encoder-decoder"):
        NeuronModel.from_model(tiny.model, tiny.tokenizer, kind="seq2seq")
    beginning = _t5()
    beginning.generation_config.decoder_start_token_id = None
    with pytest.raises(UsageError, match="decoder_start_token_id"):
        NeuronModel.from_model(beginning, tokenizer())
