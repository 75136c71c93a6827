"""Sweeps: packed interventions against a patched layer, one forward pass at a time."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest
import torch

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.engine.question import ask
from neurgrad_eval.engine.sweeps import applied_shifts, pick, sweep, sweep_question
from neurgrad_eval.neuron_model import NeuronModel

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


def test_signs_and_order_are_the_same_in_both_spaces(tiny):
    """NeurGrad in `up` is that in `hidden` times |act(gate)|, whatever the answer."""
    hidden, up = (
        torch.cat(
            tiny.answer_gradients([PROMPT], [" A", " B", " C"], space=space).neurgrad("magnitude"),
            dim=-1,
        )[0]
        for space in ("hidden", "up")
    )
    assert torch.equal(hidden.sign(), up.sign())
    assert torch.equal(hidden.argsort(0), up.argsort(0))
    assert not torch.allclose(hidden, up)


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
    assert magnitude.neg.tolist() == [0.0]
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


def shown(hidden):
    """Readings of neurons that every token runs through."""
    there = {layer: torch.ones_like(values) for layer, values in hidden.items()}
    return SimpleNamespace(hidden=hidden, there=there)


def test_a_toy_network_by_hand():
    """Logits (h·1, 0): p = σ(h); h = ln 3 gives 3/4, and a shift by ln 3 gives 9/10."""
    h = torch.log(torch.tensor(3.0))

    def logits(shifts, copies, _space="hidden"):
        moved = h.repeat(copies)
        if shifts:
            moved[shifts[0].copies] += shifts[0].amounts
        hidden = {0: h.expand(1, copies, 1)}
        return torch.stack([moved, torch.zeros(copies)], dim=1), shown(hidden)

    question = SimpleNamespace(
        logits=logits,
        answers=(0,),
        tokens=1,
        model=SimpleNamespace(arithmetic=torch.float32),
    )
    found = sweep_question(question, [(0, 0)], [-float(h), float(h)])
    assert found.base == pytest.approx(0.75)
    assert found.output_shifts[0].tolist() == pytest.approx([-0.25, 0.15])
    assert found.neg.tolist() == pytest.approx([0.2 / float(h)])
    assert found.linearity.tolist() == pytest.approx([1.0])


def test_what_cannot_move_changes_nothing():
    """Passes differ by rounding; neurons of experts that were not chosen are not there."""
    hidden, there = torch.tensor([0.0, 0.0, 2.0]), torch.tensor([0.0, 1.0, 1.0])

    def logits(shifts, copies, _space="hidden"):
        seen = {
            name: {0: v.expand(1, copies, 3)} for name, v in [("hidden", hidden), ("there", there)]
        }
        return torch.tensor([1e-6 if shifts else 0.0, 0.0]).expand(copies, 2), SimpleNamespace(
            **seen
        )

    question = SimpleNamespace(
        logits=logits, answers=(0,), tokens=1, model=SimpleNamespace(arithmetic=torch.float32)
    )
    neurons, still = [(0, 0), (0, 1), (0, 2)], {}
    for sign in ("signed", "magnitude"):
        found = sweep_question(question, neurons, [-1.0, 1.0], sign=sign)
        still[sign] = (found.output_shifts == 0).all(1).tolist()
    assert still == {"signed": [True, False, False], "magnitude": [True, True, False]}


def linear_question(dtype):
    """p = 1/2 + Σh/1,000 with h = 20 and 120, which are added to in the weights' type."""
    h = torch.tensor([20.0, 120.0], dtype=dtype)

    def logits(shifts, copies, _space="hidden"):
        moved = h.repeat(copies, 1)
        if shifts:
            moved[shifts[0].copies, shifts[0].neurons] += shifts[0].amounts.to(dtype)
        p = 0.5 + moved.float().sum(-1) / 1000
        hidden = {0: h.expand(1, copies, 2)}
        return torch.stack([p.log(), (1 - p).log()], dim=1), shown(hidden)

    return SimpleNamespace(
        logits=logits,
        answers=(0,),
        tokens=1,
        model=SimpleNamespace(arithmetic=dtype),
    )


@pytest.mark.parametrize("sign", ["magnitude", "signed"])
def test_16_bits_are_fitted_to_the_shift_as_applied(sign):
    """At 20, bfloat16 has steps of 1/8 and 0.2 becomes 0.25; at 120 it has steps of 1/2."""
    neurons = [(0, 0), (0, 1)]
    found = sweep_question(linear_question(torch.bfloat16), neurons, [-0.2, 0.2], sign=sign)
    assert found.applied.tolist() == [[-0.25, 0.25], [0, 0]]
    assert float(found.neg[0]) == pytest.approx(1e-3, rel=1e-3)
    assert found.neg[1].isnan()
    assert found.polarity[1].isnan()
    assert found.linearity[1].isnan()
    table = found.to_pandas()
    assert table["applied"].tolist() == [-0.25, 0.25, 0, 0]
    assert table["neg"].isna().tolist() == [False, False, True, True]
    whole = sweep_question(linear_question(torch.bfloat16), neurons, [-1.0, 1.0], sign=sign)
    assert whole.neg.tolist() == pytest.approx([1e-3, 1e-3], rel=1e-3)
    assert "applied" not in whole.to_pandas()
    exact = sweep_question(linear_question(torch.float32), neurons, [-0.2, 0.2], sign=sign)
    assert torch.equal(exact.applied, exact.shifts.expand(2, 2))
    assert exact.neg.tolist() == pytest.approx([1e-3, 1e-3], rel=1e-3)


def test_up_is_rounded_where_h_is():
    """With act(gate) = 10, u by 0.2 is h by 2; by 0.02, h by 0.25 and so u by 0.025."""
    hidden = torch.tensor([20.0])
    deltas = torch.tensor([0.2, -0.02])
    found = applied_shifts(hidden, 10 * deltas[None], deltas, torch.bfloat16)
    assert found.tolist() == [pytest.approx([0.2, -0.025])]
    still = applied_shifts(hidden, torch.zeros(1, 2), deltas, torch.bfloat16)
    assert torch.equal(still[0], deltas)  # a magnitude shift of a silent neuron has the slope 0


def test_sweeps_of_16_bit_weights_compute_in_float32(make_tiny_llama, tiny):
    """Of a prompt of one token, of which nothing is cached: as if the weights were float32."""
    short = make_tiny_llama().bfloat16()
    found = [
        sweep(
            NeuronModel.from_model(model, tiny.tokenizer),
            "x",
            " B",
            neurons=NEURONS,
            shifts=[-1e-3, 1e-3],
        )
        for model in (short, copy.deepcopy(short).float())
    ]
    assert torch.allclose(found[0].output_shifts, found[1].output_shifts, rtol=1e-3, atol=1e-9)
    assert torch.equal(found[0].applied, found[0].shifts.expand(5, 2))
    assert found[0].output_shifts.abs().min() > 0
