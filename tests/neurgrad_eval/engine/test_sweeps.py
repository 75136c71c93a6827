"""Sweeps: packed interventions against a patched layer, one forward pass at a time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.engine.question import ask
from neurgrad_eval.engine.sweeps import pick, sweep, sweep_question

PROMPT, ANSWER = "Choose.\n\nWhat is red?\nAnswer:", " B"
NEURONS = [(0, 3), (0, 20), (1, 5), (2, 7), (2, 23)]
SHIFTS = [-2.0, -0.5, 0.5, 2.0]


def activations(model, space="hidden"):
    return pick(model.answer_gradients([PROMPT], [ANSWER], space=space).activations, NEURONS)[:, 0]


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("sign", ["magnitude", "signed"])
@pytest.mark.parametrize("copies", [3, 256])
def test_equals_one_by_one(tiny, patched, space, sign, copies):
    found = sweep(
        tiny,
        PROMPT,
        ANSWER,
        neurons=NEURONS,
        shifts=SHIFTS,
        space=space,
        sign=sign,
        copies=copies,
    )
    token = tiny.tokenizer(ANSWER)["input_ids"][0]
    towards = activations(tiny, space).sign() if sign == "magnitude" else torch.ones(5)
    base = patched(tiny, PROMPT, {})[token]
    expected = [
        [
            patched(tiny, PROMPT, {neuron: shift * float(way)}, space)[token] - base
            for shift in SHIFTS
        ]
        for neuron, way in zip(NEURONS, towards, strict=True)
    ]
    torch.testing.assert_close(
        found.output_shifts, torch.tensor(expected, dtype=torch.float32), rtol=1e-4, atol=1e-7
    )
    assert found.output_shifts.abs().max() > 1e-4


def test_the_result_has_its_shapes_and_fits(tiny):
    found = sweep(tiny, PROMPT, ANSWER, neurons=NEURONS)
    assert found.shifts.shape == (20,)
    assert found.output_shifts.shape == (5, 20)
    assert found.neurons == tuple(NEURONS)
    gradients = tiny.answer_gradients([PROMPT], [ANSWER])
    assert found.base == pytest.approx(float(gradients.probabilities[0, 0]), rel=1e-5)
    torch.testing.assert_close(found.activations, activations(tiny))
    for values in (found.neg, found.linearity, found.polarity, found.linear_range):
        assert values.shape == (5,)
    table = found.to_pandas()
    assert len(table) == 100
    assert table["probability"][3] == pytest.approx(found.base + table["change"][3])


def test_the_signs_mirror_each_other(tiny):
    """On a symmetric grid the slope under `magnitude` is that under `signed` times sign(a)."""
    signed = sweep(tiny, PROMPT, ANSWER, neurons=NEURONS, sign="signed")
    magnitude = sweep(tiny, PROMPT, ANSWER, neurons=NEURONS)
    assert (signed.activations < 0).any()
    torch.testing.assert_close(
        magnitude.neg, signed.neg * signed.activations.sign(), rtol=1e-4, atol=1e-8
    )


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("sign", ["magnitude", "signed"])
def test_neurgrad_is_the_limit_of_small_shifts(tiny, space, sign):
    found = sweep(
        tiny, PROMPT, ANSWER, neurons=NEURONS, shifts=[-0.01, 0.01], space=space, sign=sign
    )
    gradients = tiny.answer_gradients([PROMPT], [ANSWER], space=space).neurgrad(sign)
    expected = pick(gradients, NEURONS)[:, 0, 0]
    torch.testing.assert_close(found.neg.float(), expected, rtol=5e-3, atol=1e-6)


def test_a_silent_neuron_does_not_move(tiny):
    """sign(0) = 0: with u = 0 a magnitude shift of h = act(g)·u is none."""
    weight = tiny.sites[1].gate.up.weight
    row = weight[5].clone()
    with torch.no_grad():
        weight[5] = 0
    try:
        magnitude = sweep(tiny, PROMPT, ANSWER, neurons=[(1, 5)], shifts=SHIFTS)
        signed = sweep(tiny, PROMPT, ANSWER, neurons=[(1, 5)], shifts=SHIFTS, sign="signed")
    finally:
        with torch.no_grad():
            weight[5] = row
    assert magnitude.neg.tolist() == pytest.approx([0.0], abs=1e-8)
    assert abs(float(signed.neg)) > 1e-5


def test_the_prompt_runs_once(tiny, run_tokens):
    """Its tokens but the last, then the last once at rest and once per neuron and shift."""
    sweep(tiny, PROMPT, ANSWER, neurons=NEURONS, shifts=SHIFTS, copies=8)
    assert run_tokens == [len(tiny.tokenizer(PROMPT)["input_ids"]) - 1, 1, 8, 8, 4]
    assert not [m for m in tiny.model.modules() if m._forward_pre_hooks]


def test_a_question_can_be_read_again(tiny):
    question = ask(tiny, PROMPT, ANSWER)
    first = sweep_question(question, NEURONS, SHIFTS)
    question.gradients("hidden")
    again = sweep_question(question, NEURONS, SHIFTS)
    assert torch.equal(first.output_shifts, again.output_shifts)


def test_a_prompt_of_one_token(tiny):
    assert sweep(tiny, ":", ANSWER, neurons=NEURONS, shifts=SHIFTS).output_shifts.any()


def test_neurons_are_picked_in_any_order():
    layers = {0: torch.arange(6.0).reshape(2, 3), 2: torch.arange(10.0, 14).reshape(2, 2)}
    found = pick(layers, [(2, 1), (0, 2), (2, 0), (0, 0)])
    assert found.tolist() == [[11, 13], [2, 5], [10, 12], [0, 3]]


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"neurons": [(0, 3), (3, 0)]}, UsageError, r"neuron \(3, 0\): the layers are 0 to 2"),
        ({"neurons": [(1, 24)]}, UsageError, r"neuron \(1, 24\): layer 1 has neurons 0 to 23"),
        ({"neurons": [(1, -1)]}, UsageError, r"neuron \(1, -1\)"),
        ({"neurons": []}, UsageError, "no neuron"),
        ({"shifts": [0.0]}, UsageError, "other than 0"),
        ({"space": "gate"}, UsageError, "'gate'"),
        ({"sign": "plus"}, UsageError, "'plus'"),
        ({"answer": " AB"}, UsageError, "' AB' is not one token"),
        ({"copies": 0}, UsageError, "0 copies"),
        ({"prompt": ""}, DataError, "empty"),
    ],
)
def test_bad_input_is_named(tiny, changes, error, words):
    given = {"prompt": PROMPT, "answer": ANSWER, "neurons": NEURONS, "shifts": SHIFTS} | changes
    with pytest.raises(error, match=words):
        sweep(tiny, given.pop("prompt"), given.pop("answer"), **given)


def test_a_toy_network_by_hand():
    """Logits (h·1, 0): p = σ(h); h = ln 3 gives 3/4, and a shift by ln 3 gives 9/10."""
    h = torch.log(torch.tensor(3.0))

    def logits(deltas, copies, _space="hidden"):
        moved = h + deltas[0][0, :, 0].expand(copies)
        hidden = {0: h.expand(1, copies, 1)}
        return torch.stack([moved, torch.zeros(copies)], dim=1), SimpleNamespace(hidden=hidden)

    question = SimpleNamespace(
        logits=logits,
        answers=(0,),
        zeros=lambda _layer, copies=1: torch.zeros(1, copies, 1),
        model=SimpleNamespace(sites=[None]),
    )
    found = sweep_question(question, [(0, 0)], [-float(h), float(h)])
    assert found.base == pytest.approx(0.75)
    assert found.output_shifts[0].tolist() == pytest.approx([-0.25, 0.15])
    assert found.neg.tolist() == pytest.approx([0.2 / float(h)])
    assert found.linearity.tolist() == pytest.approx([1.0])
