"""Gradients: the fast path against the plain one, real interventions, and the chain rule."""

from __future__ import annotations

import pytest
import torch

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.engine.intervention import ReadAt, Shift, intervening
from neurgrad_eval.engine.prefix_cache import common_prefix, empty_prefix, read_last, run_body
from neurgrad_eval.engine.reference import plain_answer_gradients
from neurgrad_eval.engine.strategies import PACKED
from neurgrad_eval.neuron_model import NeuronModel

PROMPTS = [
    "Choose.\n\nWhat is red?\nAnswer:",
    "Choose.\n\nWhat is the colour of the sea at night?\nAnswer:",
    "Choose.\n\nWho?\nAnswer:",
    "Choose.\n\nWhich of them came first?\nAnswer:",
    "Choose.\n\nWhat is red?\nAnswer:",
]
ANSWERS = [" A", " B", " C", " D"]


def largest_error(found: AnswerGradients, expected: AnswerGradients) -> float:
    """Largest relative error of any layer's gradients or activations."""
    pairs = [
        *zip(found.gradients, expected.gradients, strict=True),
        *zip(found.activations, expected.activations, strict=True),
    ]
    return max(float((a - b).norm() / b.norm()) for a, b in pairs)


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_equals_the_plain_way(tiny: NeuronModel, space: str, batch_size: int) -> None:
    fast = tiny.answer_gradients(PROMPTS, ANSWERS, space=space, batch_size=batch_size)
    plain = plain_answer_gradients(tiny, PROMPTS, ANSWERS, space=space, batch_size=3)
    assert largest_error(fast, plain) < 1e-6
    torch.testing.assert_close(fast.probabilities, plain.probabilities)


def test_shapes_types_and_order(tiny: NeuronModel) -> None:
    result = tiny.answer_gradients(PROMPTS, ANSWERS)
    assert result.probabilities.shape == (5, 4)
    assert [tuple(g.shape) for g in result.gradients] == [(5, 4, 24)] * 3
    assert [tuple(a.shape) for a in result.activations] == [(5, 24)] * 3
    assert {t.dtype for t in (*result.gradients, *result.activations)} == {torch.float32}
    torch.testing.assert_close(result.gradients[1][0], result.gradients[1][4])
    assert not torch.allclose(result.gradients[1][0], result.gradients[1][1])


def test_different_answers_per_prompt(tiny: NeuronModel) -> None:
    per_prompt = [[" A", " B"], [" C", " D"], [" B", " A"], [" E", " A"], [" B", " C"]]
    mixed = tiny.answer_gradients(PROMPTS, per_prompt, batch_size=2)
    alone = tiny.answer_gradients([PROMPTS[3]], [" E", " A"])
    torch.testing.assert_close(mixed.gradients[0][3], alone.gradients[0][0])


def test_gradient_predicts_a_real_shift(tiny: NeuronModel) -> None:
    """Central differences: p after h[i] + ε minus p after h[i] - ε, by intervention."""
    result = tiny.answer_gradients(PROMPTS[:1], ANSWERS)
    epsilon = 1e-2  # Llama's norms are computed in float32 whatever the weights' type
    for layer, index, answer in [(0, 3, 0), (1, 23, 2), (2, 7, 3)]:
        up = shifted_probability(tiny, layer, index, epsilon)[answer]
        down = shifted_probability(tiny, layer, index, -epsilon)[answer]
        slope = float(up - down) / (2 * epsilon)
        assert slope == pytest.approx(float(result.gradients[layer][0, answer, index]), rel=3e-3)


def shifted_probability(
    model: NeuronModel, layer: int, index: int, shift: float, times: int = 1
) -> torch.Tensor:
    """Probabilities of the answers after the first prompt, one neuron shifted."""
    ids = model.tokenizer(PROMPTS[0])["input_ids"]
    answers = [model.tokenizer(a)["input_ids"][0] for a in ANSWERS]
    copies = torch.arange(times)
    own = Shift(copies, torch.full_like(copies, index), torch.full((times,), shift))
    body = run_body(model.model, empty_prefix(model.model, PACKED), [ids])
    with torch.no_grad(), intervening(model.sites, ReadAt(1, times), {layer: own}):
        logits = read_last(model.model, body, times)
    return logits[0, -1].softmax(-1)[answers]


def test_shift_changes_what_a_patched_layer_would(tiny: NeuronModel) -> None:
    """Adding Δ to neuron i is adding Δ times column i of the down-projection to its output."""
    found = shifted_probability(tiny, 1, 5, 0.7)
    column = tiny.sites[1].module.weight[:, 5]

    def patch(_module: object, _args: object, output: torch.Tensor) -> torch.Tensor:
        patched = output.clone()
        patched[:, -1] += 0.7 * column
        return patched

    handle = tiny.sites[1].module.register_forward_hook(patch)
    ids = torch.tensor([tiny.tokenizer(PROMPTS[0])["input_ids"]])
    with torch.no_grad():
        logits = tiny.model(input_ids=ids).logits[0, -1]
    handle.remove()
    answers = [tiny.tokenizer(a)["input_ids"][0] for a in ANSWERS]
    torch.testing.assert_close(found, logits.softmax(-1)[answers])


def test_packed_copies_do_not_see_each_other(tiny: NeuronModel) -> None:
    alone = shifted_probability(tiny, 0, 2, 0.5)
    beside_others = shifted_probability(tiny, 0, 2, 0.5, times=6)
    torch.testing.assert_close(alone, beside_others)


def test_up_space_is_a_rescaling(tiny: NeuronModel) -> None:
    """h = act(gate)·up, so a_hidden·∂p/∂h = a_up·∂p/∂up."""
    hidden = tiny.answer_gradients(PROMPTS, ANSWERS, space="hidden")
    up = tiny.answer_gradients(PROMPTS, ANSWERS, space="up")
    for layer in range(tiny.n_layers):
        torch.testing.assert_close(
            hidden.activations[layer][:, None] * hidden.gradients[layer],
            up.activations[layer][:, None] * up.gradients[layer],
        )


def test_forward_tokens_and_backward_passes(
    tiny: NeuronModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each prompt's own tokens run once, the shared ones once in all; one backward per batch."""
    counts = {"tokens": 0, "backward": 0}
    embed = tiny.model.get_input_embeddings()
    handle = embed.register_forward_hook(
        lambda _m, args, _o: counts.__setitem__("tokens", counts["tokens"] + args[0].numel())
    )
    grad = torch.autograd.grad

    def counting(*args: object, **kwargs: object) -> object:
        counts["backward"] += 1
        return grad(*args, **kwargs)

    monkeypatch.setattr(torch.autograd, "grad", counting)
    tiny.answer_gradients(PROMPTS, ANSWERS, batch_size=5)
    handle.remove()
    lengths = [len(ids) for ids in tiny.tokenizer(PROMPTS)["input_ids"]]
    shared = common_prefix(tiny.tokenizer(PROMPTS)["input_ids"])
    body = len(PROMPTS) * (max(lengths) - shared - 1)
    assert shared >= len("Choose.\n\nWh")
    assert counts == {"tokens": shared + body + len(PROMPTS) * len(ANSWERS), "backward": 1}


def test_nothing_stays_behind(tiny: NeuronModel) -> None:
    before = {name: value.clone() for name, value in tiny.model.state_dict().items()}
    ids = torch.tensor([tiny.tokenizer(PROMPTS[0])["input_ids"]])
    logits = tiny.model(input_ids=ids).logits
    tiny.answer_gradients(PROMPTS, ANSWERS)
    with (
        pytest.raises(RuntimeError, match="on purpose"),
        intervening(tiny.sites, ReadAt(1, 1), differentiate=True),
    ):
        raise RuntimeError("on purpose")
    hooks = [m for m in tiny.model.modules() if m._forward_pre_hooks or m._forward_hooks]
    assert not hooks
    assert all(p.grad is None for p in tiny.model.parameters())
    assert torch.equal(tiny.model(input_ids=ids).logits, logits)
    after = tiny.model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_common_prefix_leaves_every_prompt_a_token() -> None:
    assert common_prefix([[1, 2, 3], [1, 2, 4]]) == 2
    assert common_prefix([[1, 2, 3], [1, 2, 3]]) == 2
    assert common_prefix([[1], [1, 2]]) == 0
    assert common_prefix([[7, 2], [1, 2]]) == 0


@pytest.mark.parametrize(
    ("prompts", "answers", "error", "words"),
    [
        (PROMPTS, [" A", " AB"], UsageError, "' AB' is not one token"),
        (PROMPTS, [" A", " A"], UsageError, "same token"),
        (["x" * 300], ANSWERS, DataError, "prompt 0 has 300 tokens"),
        (PROMPTS[:2], [[" A"]], UsageError, "1 lists of answers for 2 prompts"),
    ],
)
def test_bad_input_is_named(
    tiny: NeuronModel, prompts: list[str], answers: list[str], error: type, words: str
) -> None:
    with pytest.raises(error, match=words):
        tiny.answer_gradients(prompts, answers)


def test_unknown_space_is_named(tiny: NeuronModel) -> None:
    with pytest.raises(UsageError, match="'gate'"):
        tiny.answer_gradients(PROMPTS, ANSWERS, space="gate")  # type: ignore[arg-type]


@pytest.mark.model
@pytest.mark.parametrize("space", ["hidden", "up"])
def test_real_model_equals_the_plain_way(real: NeuronModel, space: str) -> None:
    fast = real.answer_gradients(PROMPTS, ANSWERS, space=space)
    plain = plain_answer_gradients(real, PROMPTS, ANSWERS, space=space)
    assert largest_error(fast, plain) < 1e-4
