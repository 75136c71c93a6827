"""Sweeps: packed interventions against a patched layer, one forward pass at a time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.sweeps.measure import sweep, sweep_prompts, sweep_question
from neurgrad_eval.sweeps.question import ask

PROMPT, ANSWER = "Choose.\n\nWhat is red?\nAnswer:", " B"
NEURONS = [(0, 3), (0, 20), (1, 5), (2, 7), (2, 23)]
SHIFTS = [-2.0, -0.5, 0.5, 2.0]


def one_by_one(
    model: NeuronModel, neuron: tuple[int, int], shift: float, space: str, sign: str
) -> float:
    """Change of p(answer), by a whole forward pass with the layer's own code patched."""
    layer, index = neuron
    mlp = model.model.model.layers[layer].mlp
    ids = torch.tensor([model.tokenizer(PROMPT)["input_ids"]])
    answer = model.tokenizer(ANSWER)["input_ids"][0]

    def patched(x: torch.Tensor) -> torch.Tensor:
        gate, up = mlp.act_fn(mlp.gate_proj(x)), mlp.up_proj(x)
        hidden = gate * up
        target = up if space == "up" else hidden
        value = target[0, -1, index].clone()
        target[0, -1, index] += shift * (value.sign() if sign == "magnitude" else 1)
        return mlp.down_proj(gate * up if space == "up" else hidden)

    with torch.no_grad():
        before = model.model(input_ids=ids).logits[0, -1].softmax(-1)[answer]
        mlp.forward = patched
        try:
            after = model.model(input_ids=ids).logits[0, -1].softmax(-1)[answer]
        finally:
            del mlp.forward
    return float(after - before)


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("sign", ["magnitude", "signed"])
@pytest.mark.parametrize("copies", [3, 256])
def test_equals_one_by_one(tiny: NeuronModel, space: str, sign: str, copies: int) -> None:
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
    expected = [[one_by_one(tiny, n, shift, space, sign) for shift in SHIFTS] for n in NEURONS]
    torch.testing.assert_close(
        found.output_shifts, torch.tensor(expected, dtype=torch.float32), rtol=1e-4, atol=1e-7
    )
    assert found.output_shifts.abs().max() > 1e-4


def test_the_result_has_its_shapes_and_fits(tiny: NeuronModel) -> None:
    found = sweep(tiny, PROMPT, ANSWER, neurons=NEURONS)
    assert found.shifts.shape == (20,)
    assert found.output_shifts.shape == (5, 20)
    assert found.neurons == tuple(NEURONS)
    gradients = tiny.answer_gradients([PROMPT], [ANSWER])
    assert found.base == pytest.approx(float(gradients.probabilities[0, 0]), rel=1e-5)
    activations = [gradients.activations[layer][0, index] for layer, index in NEURONS]
    torch.testing.assert_close(found.activations, torch.stack(activations))
    assert torch.equal(found.polarity, found.neg.sign())
    for values in (found.neg, found.linearity, found.polarity, found.linear_range):
        assert values.shape == (5,)


def test_the_signs_mirror_each_other(tiny: NeuronModel) -> None:
    """On a symmetric grid the slope under `magnitude` is that under `signed` times sign(a)."""
    signed = sweep(tiny, PROMPT, ANSWER, neurons=NEURONS, sign="signed")
    magnitude = sweep(tiny, PROMPT, ANSWER, neurons=NEURONS)
    assert (signed.activations < 0).any()
    torch.testing.assert_close(
        magnitude.neg, signed.neg * signed.activations.sign(), rtol=1e-4, atol=1e-8
    )


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("sign", ["magnitude", "signed"])
def test_neurgrad_is_the_limit_of_small_shifts(tiny: NeuronModel, space: str, sign: str) -> None:
    found = sweep(
        tiny, PROMPT, ANSWER, neurons=NEURONS, shifts=[-0.01, 0.01], space=space, sign=sign
    )
    gradients = tiny.answer_gradients([PROMPT], [ANSWER], space=space).neurgrad(sign)
    estimate = torch.stack([gradients[layer][0, 0, index] for layer, index in NEURONS])
    torch.testing.assert_close(found.neg.float(), estimate, rtol=5e-3, atol=1e-6)


def test_a_silent_neuron_does_not_move(tiny: NeuronModel) -> None:
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


def test_the_prompt_runs_once(tiny: NeuronModel) -> None:
    """Its tokens but the last, then the last once at rest and once per neuron and shift."""
    counts = {"tokens": 0, "passes": 0}

    def count(_module: object, args: tuple[torch.Tensor, ...], _output: object) -> None:
        counts["tokens"] += args[0].numel()
        counts["passes"] += 1

    handle = tiny.model.get_input_embeddings().register_forward_hook(count)
    sweep(tiny, PROMPT, ANSWER, neurons=NEURONS, shifts=SHIFTS, copies=8)
    handle.remove()
    length = len(tiny.tokenizer(PROMPT)["input_ids"])
    assert counts == {"tokens": length - 1 + 1 + 5 * 4, "passes": 1 + 1 + 3}


def test_a_question_can_be_read_again(tiny: NeuronModel) -> None:
    question = ask(tiny, PROMPT, ANSWER)
    first = sweep_question(question, NEURONS, SHIFTS)
    question.gradients("hidden")
    again = sweep_question(question, NEURONS, SHIFTS)
    assert torch.equal(first.output_shifts, again.output_shifts)


def test_a_prompt_of_one_token(tiny: NeuronModel) -> None:
    assert sweep(tiny, ":", ANSWER, neurons=NEURONS, shifts=SHIFTS).output_shifts.any()


def test_many_prompts_come_one_by_one(tiny: NeuronModel) -> None:
    questions = [(PROMPT, ANSWER, NEURONS[:2]), ("Who?", " A", NEURONS[2:])]
    first, second = sweep_prompts(tiny, questions, shifts=SHIFTS)
    alone = sweep(tiny, PROMPT, ANSWER, neurons=NEURONS[:2], shifts=SHIFTS)
    assert torch.equal(first.output_shifts, alone.output_shifts)
    assert second.output_shifts.shape == (3, 4)


def test_nothing_stays_behind(tiny: NeuronModel) -> None:
    sweep(tiny, PROMPT, ANSWER, neurons=NEURONS, shifts=SHIFTS)
    assert not [m for m in tiny.model.modules() if m._forward_pre_hooks or m._forward_hooks]


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
def test_bad_input_is_named(
    tiny: NeuronModel, changes: dict[str, object], error: type, words: str
) -> None:
    given = {"prompt": PROMPT, "answer": ANSWER, "neurons": NEURONS, "shifts": SHIFTS} | changes
    with pytest.raises(error, match=words):
        sweep(tiny, given.pop("prompt"), given.pop("answer"), **given)


def test_a_toy_network_by_hand() -> None:
    """Logits (h·1, 0): p = σ(h); h = ln 3 gives 3/4, and a shift by ln 3 gives 9/10."""
    h = torch.log(torch.tensor(3.0))

    def read(deltas: list[torch.Tensor], copies: int) -> tuple[torch.Tensor, object]:
        hidden = {0: h.expand(1, copies, 1)}
        moved = h + deltas[0][0, :, 0].expand(copies)
        return moved.sigmoid(), SimpleNamespace(hidden=hidden)

    question = SimpleNamespace(
        read=read,
        zeros=lambda _layer, copies=1: torch.zeros(1, copies, 1),
        model=SimpleNamespace(sites=[None]),
    )
    found = sweep_question(question, [(0, 0)], [-float(h), float(h)])
    assert found.base == pytest.approx(0.75)
    assert found.output_shifts[0].tolist() == pytest.approx([-0.25, 0.15])
    assert found.neg.tolist() == pytest.approx([0.2 / float(h)])
    assert found.linearity.tolist() == pytest.approx([1.0])
