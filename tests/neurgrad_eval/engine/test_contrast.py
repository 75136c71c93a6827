"""Contrast gradients: combinations of answer gradients, in one backward pass."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from mceval8k.errors import UsageError
from neurgrad_eval.neuron_model import NeuronModel

PROMPTS = [
    "Choose.\n\nWhat is red?\nAnswer:",
    "Choose.\n\nWho?\nAnswer:",
    "Choose.\n\nIt?\nAnswer:",
]
ANSWERS = [" A", " B", " C"]
GOLD = [2, 0, 1]


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("scale", ["probability", "log-odds"])
@pytest.mark.parametrize("against", ["mean", "best"])
def test_is_a_combination_of_answer_gradients(
    tiny: NeuronModel, against: Any, scale: Any, space: Any
) -> None:
    answers = tiny.answer_gradients(PROMPTS, ANSWERS, space=space)
    found = tiny.contrast_gradients(
        PROMPTS, ANSWERS, GOLD, against=against, scale=scale, space=space, batch_size=2
    )
    p = answers.probabilities
    values = p if scale == "probability" else p.log()
    for row, gold in enumerate(GOLD):
        wrong = [k for k in range(3) if k != gold]
        if against == "best":
            wrong = [max(wrong, key=lambda k, row=row: float(p[row, k]))]
        lead = values[row, gold] - values[row, wrong].mean()
        torch.testing.assert_close(found.contrasts[row], lead)
        for layer, gradient in enumerate(found.gradients):
            own = answers.gradients[layer][row]
            if scale == "log-odds":
                own = own / p[row][:, None]
            torch.testing.assert_close(
                gradient[row], own[gold] - own[wrong].mean(0), rtol=1e-4, atol=1e-7
            )
    torch.testing.assert_close(found.activations, answers.activations)
    torch.testing.assert_close(found.probabilities, p)


def test_one_copy_of_the_last_token_and_one_backward(
    tiny: NeuronModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[int, ...]] = []
    grad, forward = torch.autograd.grad, tiny.model.forward
    seen: list[tuple[int, ...]] = []

    def counting(*args: Any, **options: Any) -> Any:
        calls.append(args[1][0].shape)
        return grad(*args, **options)

    def watching(*args: Any, **options: Any) -> Any:
        seen.append(tuple(options["input_ids"].shape))
        return forward(*args, **options)

    monkeypatch.setattr(torch.autograd, "grad", counting)
    monkeypatch.setattr(tiny.model, "forward", watching)
    tiny.contrast_gradients(PROMPTS, ANSWERS, GOLD)
    assert calls == [(3, 1, 24)]
    assert seen == [(3, 1)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gold": [0, 1]}, "2 gold answers for 3 prompts"),
        ({"gold": [0, 3, 1]}, "prompt 1: gold 3 is none of 3 answers"),
        ({"gold": [0, -1, 1]}, "prompt 1: gold -1"),
        ({"answers": [" A"], "gold": [0, 0, 0]}, "at least two answers"),
        ({"against": "worst"}, "'worst'"),
        ({"scale": "logits"}, "'logits'"),
    ],
)
def test_bad_input_is_named(tiny: NeuronModel, changes: dict[str, Any], words: str) -> None:
    settings: dict[str, Any] = {"prompts": PROMPTS, "answers": ANSWERS, "gold": GOLD} | changes
    with pytest.raises(UsageError, match=words):
        tiny.contrast_gradients(**settings)
