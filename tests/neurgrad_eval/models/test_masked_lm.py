"""Masked language models: the one [MASK], its answers, and which kind a checkpoint is."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast, RobertaConfig
from transformers.models.roberta import RobertaForMaskedLM

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.models.loading import kind_of_config
from neurgrad_eval.neuron_model import NeuronModel

SMALL = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 40,
    "vocab_size": 128,
    "initializer_range": 0.5,
}


@pytest.fixture
def tokenizer(tiny: NeuronModel) -> PreTrainedTokenizerFast:
    inner = tiny.tokenizer.backend_tokenizer
    return PreTrainedTokenizerFast(tokenizer_object=inner, mask_token="[MASK]", unk_token="~")


@pytest.fixture
def bert(tokenizer: PreTrainedTokenizerFast) -> NeuronModel:
    torch.manual_seed(0)
    return NeuronModel.from_model(BertForMaskedLM(BertConfig(**SMALL)), tokenizer)


@pytest.mark.parametrize(
    ("prompts", "answers", "error", "words"),
    [
        (["Red is a"], [" A"], DataError, r"prompt 0 has 0 \[MASK\] tokens"),
        (["[MASK].", "[MASK] [MASK]"], [" A"], DataError, r"prompt 1 has 2 \[MASK\] tokens"),
        (["[MASK]."], [" A", "AB"], UsageError, "'AB' is not one known token"),
        (["[MASK]."], ["~"], UsageError, "'~' is not one known token"),
        (["[MASK]."], [" A", " A"], UsageError, "same token"),
        (["x" * 40 + "[MASK]"], [" A"], DataError, "the model's context holds 40"),
    ],
)
def test_bad_input_is_named(
    bert: NeuronModel, prompts: list[str], answers: list[str], error: type, words: str
) -> None:
    with pytest.raises(error, match=words):
        bert.answer_gradients(prompts, answers)


def test_probabilities_are_those_at_the_mask(bert: NeuronModel) -> None:
    found = bert.answer_gradients(["So [MASK] it is.", "[MASK]"], [" A", "A"])
    ids = torch.tensor([bert.tokenizer("So [MASK] it is.")["input_ids"]])
    logits = bert.model(input_ids=ids).logits[0, 3]
    answers = [bert.tokenizer(a)["input_ids"][0] for a in (" A", "A")]
    torch.testing.assert_close(found.probabilities[0], logits.softmax(-1)[answers])


def test_roberta_positions_begin_after_the_padding_row(tokenizer: PreTrainedTokenizerFast) -> None:
    model = NeuronModel.from_model(RobertaForMaskedLM(RobertaConfig(**SMALL)), tokenizer)
    assert model.context == 40 - 1 - 1
    longest = "x" * 37 + "[MASK]"
    assert model.answer_gradients([longest, "[MASK]"], [" A"]).probabilities.shape == (2, 1)


def test_a_tokenizer_without_a_mask_is_refused(tiny: NeuronModel) -> None:
    with pytest.raises(UsageError, match="no mask token"):
        NeuronModel.from_model(BertForMaskedLM(BertConfig(**SMALL)), tiny.tokenizer)


@pytest.mark.parametrize(
    ("model_type", "architectures", "decoder", "kind"),
    [
        ("llama", ["LlamaForCausalLM"], False, "causal"),
        ("gpt2", ["GPT2LMHeadModel"], False, "causal"),
        ("bert", ["BertForMaskedLM"], False, "masked"),
        ("bert", ["BertForPreTraining"], False, "masked"),
        ("bert", ["BertLMHeadModel"], True, "causal"),
        ("bert", None, False, "masked"),
        ("bert", None, True, "causal"),
        ("llama", None, False, "causal"),
    ],
)
def test_kind_of_a_checkpoint(
    model_type: str, architectures: list[str] | None, decoder: bool, kind: str
) -> None:
    config = SimpleNamespace(
        model_type=model_type,
        architectures=architectures,
        is_decoder=decoder,
        is_encoder_decoder=False,
    )
    assert kind_of_config(config) == kind


def test_from_pretrained_knows_a_masked_model(bert: NeuronModel, tmp_path: Path) -> None:
    bert.model.save_pretrained(tmp_path)
    bert.tokenizer.save_pretrained(tmp_path)
    loaded = NeuronModel.from_pretrained(tmp_path)
    assert loaded.kind == "masked"
    expected = bert.answer_gradients(["Is it [MASK]?"], [" A", " B"])
    found = loaded.answer_gradients(["Is it [MASK]?"], [" A", " B"])
    torch.testing.assert_close(found.gradients, expected.gradients)
