"""Joint shifts: packed copies against patched layers, and on models that cannot be packed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BloomConfig,
    BloomForCausalLM,
    PreTrainedTokenizerFast,
)

from mceval8k.errors import DataError
from neurgrad_eval.engine.joint_shifts import (
    NOTHING,
    JointShift,
    copies_within,
    direction,
    log_odds,
    shift_jointly,
)
from neurgrad_eval.engine.question import ask, run_beginning
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.neuron_model import NeuronModel

PROMPT, ANSWER = "Choose.\n\nWhat is red?\nAnswer:", " B"


@pytest.fixture(scope="module")
def bloom(tiny):
    """A model whose copies cannot be packed."""
    torch.manual_seed(0)
    config = BloomConfig(hidden_size=16, n_layer=2, n_head=2, vocab_size=128)
    config.initializer_range = 0.5
    return NeuronModel.from_model(BloomForCausalLM(config).double(), tiny.tokenizer)


@pytest.fixture(scope="module")
def bert(tiny):
    inner = tiny.tokenizer.backend_tokenizer
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, mask_token="[MASK]", unk_token="~")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(**sizes, intermediate_size=24, vocab_size=128, initializer_range=0.5)
    return NeuronModel.from_model(BertForMaskedLM(config), tokenizer)


SETS = [{}, {(0, 3): 1.0}, {(0, 3): 1.0, (0, 4): -2.0, (1, 5): 0.5, (2, 23): 2.0}, {(2, 7): -1.0}]


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("copies", [1, 3, 256])
def test_joint_shifts_are_those_of_patched_layers(tiny, patched, space, copies):
    """In `up`, a later layer's gate is the one that the earlier layers' shifts have moved."""
    shifts = [
        JointShift.of(
            [24 * layer + index for layer, index in moved], list(moved.values()), [24] * 3
        )
        for moved in SETS
    ]
    question = ask(tiny, PROMPT, (" A", " C"))
    logs = shift_jointly(question, shifts, space=space, copies=copies)
    tokens = [tiny.tokenizer(answer)["input_ids"][0] for answer in (" A", " C")]
    expected = torch.stack([patched(tiny, PROMPT, moved, space)[tokens] for moved in SETS])
    np.testing.assert_allclose(np.exp(logs), expected.numpy(), rtol=1e-4)
    assert np.ptp(logs, axis=0).min() > 0.01


def test_log_odds():
    assert log_odds(np.log([0.5, 0.9])).tolist() == pytest.approx([0.0, math.log(9)])
    assert log_odds(np.array([0.0, -1e-20])).tolist() == pytest.approx([36.7, 36.7], abs=0.1)


def test_the_convention_decides_the_direction():
    activations = np.array([2.0, -0.5, 0.0])
    assert direction(activations, "magnitude").tolist() == [1, -1, 0]
    assert direction(activations, "signed").tolist() == [1, 1, 1]


def test_copies_stay_within_the_tokens_that_are_allowed():
    assert copies_within(None) == copies_within(10**9)
    assert copies_within(7) == 7


def test_an_output_that_is_not_finite_is_named(tiny):
    jobs = [JointShift.single(0, 3, float("inf"))]
    with pytest.raises(DataError, match="no finite output"):
        shift_jointly(ask(tiny, PROMPT, ANSWER), jobs)


def test_one_neuron_is_a_sweep(tiny):
    found = sweep(tiny, PROMPT, ANSWER, neurons=[(1, 5)], shifts=[-1.5, 1.5], sign="signed")
    jobs = [NOTHING, JointShift.single(1, 5, -1.5), JointShift.single(1, 5, 1.5)]
    probability = np.exp(shift_jointly(ask(tiny, PROMPT, ANSWER), jobs)[:, 0])
    np.testing.assert_allclose(probability[1:] - probability[0], found.output_shifts[0], rtol=1e-4)


@pytest.mark.parametrize(("name", "prompt"), [("bloom", PROMPT), ("bert", "Is [MASK] red?")])
def test_models_that_cannot_be_packed(request, name, prompt):
    model = request.getfixturevalue(name)
    assert not model.reading.strategy.packs
    question = ask(model, prompt, ANSWER)
    jobs = [NOTHING, JointShift.of([3, 20, 30], [0.5, -1.0, 2.0], model.widths)]
    alone = [shift_jointly(question, [job]) for job in jobs]
    np.testing.assert_allclose(shift_jointly(question, jobs), np.concatenate(alone), rtol=1e-5)
    assert abs(alone[1] - alone[0]).max() > 1e-3


@pytest.mark.parametrize("name", ["tiny", "bloom", "bert"])
def test_prompts_that_begin_alike_are_asked_as_if_alone(request, name):
    model = request.getfixturevalue(name)
    plain = [PROMPT, "Choo", "C"]
    texts = ["Say. Is [MASK] red?", "Say. Is it [MASK]"] if name == "bert" else plain
    jobs = [NOTHING, JointShift.of([3, 20], [1.0, 1.0], model.widths)]
    beginning = run_beginning(model, texts, (" A", " B"))
    assert (beginning is None) if name == "bert" else (beginning.length == 0)
    longer = [f"Choose.{text}" for text in texts]
    for own in (texts, longer):
        beginning = run_beginning(model, own, (" A", " B"))
        for text in own:
            together = ask(model, text, (" A", " B"), beginning=beginning)
            for place, answer in enumerate((" A", " B")):
                expected = shift_jointly(ask(model, text, answer), jobs)[:, 0]
                found = shift_jointly(together, jobs)[:, place]
                np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_what_prompts_begin_with_runs_once(tiny, run_tokens):
    texts = ["Choose one: red", "Choose one: blue"]
    beginning = run_beginning(tiny, texts, [ANSWER])
    assert run_tokens == [len("Choose one: ")]
    ask(tiny, texts[1], ANSWER, beginning=beginning)
    assert run_tokens == [len("Choose one: "), len("blu")]
