"""16-bit weights that compute in float32: what a float32 copy of them gives, in their memory."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.engine.question import ask, run_beginning
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.engine.trial import StrategyFinder
from neurgrad_eval.models.precision import _Float32, exact_arithmetic
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.runs.precision import precision_notes

PROMPTS = ["Choose.\n\nWhat is red?\nAnswer:", "Choose.\n\nWho?\nAnswer:"]
ANSWERS = [" A", " B"]


@pytest.fixture(params=[torch.bfloat16, torch.float16])
def pair(request: Any, tiny: NeuronModel, make_tiny_llama: Any) -> list[NeuronModel]:
    """A model of 16-bit weights that computes in float32, and its copy in float32."""
    short = make_tiny_llama().to(request.param)
    return [
        NeuronModel.from_model(short, tiny.tokenizer, compute_dtype="float32"),
        NeuronModel.from_model(deepcopy(short).float(), tiny.tokenizer),
    ]


def difference(found: AnswerGradients, expected: AnswerGradients) -> float:
    pairs = zip(
        (found.probabilities, *found.gradients, *found.activations),
        (expected.probabilities, *expected.gradients, *expected.activations),
        strict=True,
    )
    return max(float((a - b).norm() / b.norm()) for a, b in pairs)


@pytest.mark.parametrize("space", ["hidden", "up"])
def test_gradients_are_those_of_a_float32_copy(pair: list[NeuronModel], space: Any) -> None:
    found, expected = (one.answer_gradients(PROMPTS, ANSWERS, space=space) for one in pair)
    assert difference(found, expected) < 1e-6
    rounded = NeuronModel.from_model(pair[0].model, pair[0].tokenizer)
    assert difference(rounded.answer_gradients(PROMPTS, ANSWERS, space=space), expected) > 1e-4


def test_the_position_that_is_read_computes_in_float32(pair: list[NeuronModel]) -> None:
    """Of one token nothing is cached; of more, what comes before the last one is rounded."""
    short = NeuronModel.from_model(pair[0].model, pair[0].tokenizer)
    assert short.reading.rounding > 1e-4 > pair[1].reading.rounding == 0
    for prompts, same in ((["a", "b"], True), (PROMPTS, False)):
        found, expected = (m.answer_gradients(prompts, ANSWERS) for m in (short, pair[1]))
        assert (difference(found, expected) < 1e-6) == same
        leads = (m.contrast_gradients(prompts, ANSWERS, [0, 1]) for m in (short, pair[1]))
        one, other = (torch.cat(lead.gradients, dim=-1) for lead in leads)
        assert (float((one - other).norm() / other.norm()) < 1e-5) == same


def test_contrasts_sweeps_and_questions(pair: list[NeuronModel]) -> None:
    one, other = (m.contrast_gradients(PROMPTS, ANSWERS, [0, 1]).gradients[1] for m in pair)
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-8)
    one, other = (sweep(m, PROMPTS[0], " A", neurons=[(0, 3), (2, 5)]).output_shifts for m in pair)
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)
    starts = [run_beginning(m, PROMPTS, ANSWERS) for m in pair]
    found, expected = (
        ask(m, PROMPTS[0], ANSWERS, beginning=start).gradients("hidden")
        for m, start in zip(pair, starts, strict=True)
    )
    assert difference(found, expected) < 1e-6


def test_output_that_is_not_finite(tiny: NeuronModel, make_tiny_llama: Any) -> None:
    """Of one prompt's token; the others are computed."""
    broken = make_tiny_llama()
    model = NeuronModel.from_model(broken, tiny.tokenizer)
    with torch.no_grad():
        broken.model.embed_tokens.weight[tiny.tokenizer("~")["input_ids"][-1]] = torch.nan
    assert model.answer_gradients(PROMPTS, ANSWERS).probabilities.isfinite().all()
    prompts = [*PROMPTS, "Choose ~.\nAnswer:"]
    with pytest.raises(DataError, match=r"^'Choose ~.*: the model's output is not finite"):
        model.answer_gradients(prompts, ANSWERS)
    with pytest.raises(DataError, match=r"^'Choose ~.*: the model's output is not finite"):
        model.contrast_gradients(prompts, ANSWERS, [0, 1, 0])
    with pytest.raises(DataError, match=r"^the model's output is not finite"):
        sweep(model, prompts[2], " A", neurons=[(0, 3)])


def test_text_is_that_of_a_float32_copy(pair: list[NeuronModel]) -> None:
    one, other = (m.generate(PROMPTS[0], max_new_tokens=5) for m in pair)
    assert one == other


def test_weights_stay_in_16_bits_until_the_backward_pass(
    make_tiny_llama: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each linear layer keeps its own weight: no widened copy of it is alive after the pass."""
    model = make_tiny_llama().bfloat16().requires_grad_(False)
    kept: list[Any] = []
    pack = _Float32.pack
    monkeypatch.setattr(
        _Float32, "pack", lambda self, saved: kept.append(pack(self, saved)) or kept[-1]
    )
    entered = torch.ones(1, 4, 16, requires_grad=True)
    with exact_arithmetic(model):
        total = model(inputs_embeds=entered).logits.sum()
    weights = {id(kept_[0]) for kept_ in kept if isinstance(kept_, tuple)}
    linear = {id(m.weight) for m in model.modules() if isinstance(m, nn.Linear)}
    assert linear <= weights
    (found,) = torch.autograd.grad(total, entered)
    again = torch.ones(1, 4, 16, requires_grad=True)
    whole = deepcopy(model).float()(inputs_embeds=again).logits.sum()
    (expected,) = torch.autograd.grad(whole, again)
    assert torch.equal(found, expected)


def test_no_operand_is_looked_at_where_no_weight_is_short(
    tiny: NeuronModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(_Float32, "__torch_function__")
    expected = tiny.model(torch.tensor([[5, 6]])).logits
    with exact_arithmetic(tiny.model):
        assert torch.equal(tiny.model(torch.tensor([[5, 6]])).logits, expected)


def test_results_say_what_was_computed_in(pair: list[NeuronModel]) -> None:
    about = pair[0].about()
    assert about["compute_dtype"] == "float32"
    assert precision_notes(about) == ()
    (said,) = precision_notes({"dtype": "bfloat16"})
    assert "--compute-dtype float32" in said


def test_types_that_cannot_be_computed_in(
    tiny: NeuronModel, make_tiny_llama: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: Any = "float64"
    with pytest.raises(UsageError, match=r"^compute_dtype 'float64' is neither auto nor float32$"):
        NeuronModel.from_model(make_tiny_llama(), tiny.tokenizer, compute_dtype=wrong)
    find = StrategyFinder.find
    monkeypatch.setattr(StrategyFinder, "find", lambda *asked: replace(find(*asked), widens=False))
    with pytest.raises(UsageError, match=r"^model m: its kernels do not compute in float32"):
        NeuronModel.from_model(make_tiny_llama(), tiny.tokenizer, name="m", compute_dtype="float32")
