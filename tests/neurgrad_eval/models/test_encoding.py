"""Prompts of a causal model are read at their own last token, whatever its tokenizer adds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from mceval8k.prompts.tokens import prompt_tokens, special_tokens_around
from neurgrad_eval.models.encoding import encode
from neurgrad_eval.neuron_model import NeuronModel

PROMPTS = ["Choose.\n\nWhat is red?\nAnswer:", "Choose.\n\nWho?\nAnswer:"]
ANSWERS = [" A", " B"]


def with_tokens_around(tiny: NeuronModel, around: str) -> NeuronModel:
    """The tiny model; its tokenizer puts `~` as BOS and `}` as EOS around a text."""
    inner = tiny.tokenizer.backend_tokenizer.from_str(tiny.tokenizer.backend_tokenizer.to_str())
    known = {name: inner.token_to_id(name) for name in "~}"}
    inner.post_processor = TemplateProcessing(single=around, special_tokens=list(known.items()))
    ends = PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="~", eos_token="}")
    return NeuronModel.from_model(tiny.model, ends, name="tiny")


def test_neurons_are_not_read_at_the_token_that_ends_a_text(tiny: NeuronModel) -> None:
    ends = with_tokens_around(tiny, "$A }")
    assert ends.tokenizer(PROMPTS[0])["input_ids"][-1] == ends.tokenizer.eos_token_id
    found, expected = (m.answer_gradients(PROMPTS, ANSWERS) for m in (ends, tiny))
    assert torch.equal(found.probabilities, expected.probabilities)
    for a, b in zip(found.gradients, expected.gradients, strict=True):
        assert torch.equal(a, b)
    options = {"max_new_tokens": 4, "eos_token_id": None}
    assert ends.generate(PROMPTS[0], **options) == tiny.generate(PROMPTS[0], **options)


def test_a_text_has_its_beginning_once(tiny: NeuronModel) -> None:
    begins = with_tokens_around(tiny, "~ $A")
    bare = begins.answer_gradients(PROMPTS, ANSWERS)
    written = begins.answer_gradients([f"~{prompt}" for prompt in PROMPTS], ANSWERS)
    assert torch.equal(bare.probabilities, written.probabilities)
    assert not torch.equal(
        bare.probabilities, tiny.answer_gradients(PROMPTS, ANSWERS).probabilities
    )


@pytest.mark.model
@pytest.mark.parametrize("begins", [False, True])
def test_chat_of_smollm2(smollm2: Path, begins: bool) -> None:
    tokenizer = AutoTokenizer.from_pretrained(smollm2)
    bos = tokenizer.bos_token
    if begins:
        tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
            single=[bos, "$A"], special_tokens=[(bos, tokenizer.bos_token_id)]
        )
    turns = [{"role": "user", "content": "Is red a colour? Answer A (yes) or B (no)."}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    expected = tokenizer.apply_chat_template(turns, add_generation_prompt=True)["input_ids"]
    assert text.startswith(bos)
    assert special_tokens_around(tokenizer)[0] == [tokenizer.bos_token_id] * begins
    assert prompt_tokens(tokenizer, [text]) == [expected]
    encoded = encode(tokenizer, [text], ["A", "B"], None)
    assert list(encoded.prompts[0]) == expected
    assert list(encoded.answers[0]) == tokenizer.convert_tokens_to_ids(["A", "B"])
