"""How many prompts a batch holds, worked by hand, and that it changes no number."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from neurgrad_eval.engine.budget import (
    DEVICE_PROMPTS,
    HOST_PROMPTS,
    Shape,
    free_memory,
    prompts_that_fit,
)
from neurgrad_eval.neuron_model import NeuronModel, running

PROMPTS = [f"Choose.\n\nWho is {'red ' * number}?\nAnswer:" for number in range(6)]
ANSWERS = [" A", " B"]
# 3 layers of width 10 with 20 neurons each, 4 keys and values a token and layer, 100 words, 2 bytes
# a number, 4 at the position that is read
SHAPE = Shape(3, 10, 60, keys=4, vocabulary=100, itemsize=2, read_itemsize=4)
LAYER = 8 * 10 + 4 * 20  # 160 numbers that a layer holds of a token


def test_bytes_of_a_prompt_whose_prefix_is_cached() -> None:
    keys = (5 + 7) * 3 * 4 * (2 + 4)  # of 12 tokens, before and after they are joined
    once = 5 * LAYER * 2
    kept = 4 * (3 * LAYER * 4 + 12 * 100)  # of each answer's copy
    results = 60 * 8 * 5
    assert SHAPE.prompt_bytes(5, 7, 4) == keys + once + kept + results


def test_bytes_of_a_whole_prompt() -> None:
    kept = 4 * 12 * (3 * LAYER * 4 + 12 * 100)
    assert SHAPE.prompt_bytes(5, 7, 4, cached=False) == kept + 60 * 8 * 5


@pytest.mark.parametrize(
    ("free", "most", "expected"),
    [(0, 8, 1), (1000, 8, 8), (1000, 256, 8), (4000, 256, 32), (1250, 256, 8), (1599, 256, 8)],
)
def test_prompts_are_a_power_of_two_of_what_is_free(free: int, most: int, expected: int) -> None:
    """Four fifths of what is free, in prompts of 100 bytes."""
    assert prompts_that_fit(free, 100, most) == expected


def test_shape_of_a_model(tiny: NeuronModel) -> None:
    config, shape = tiny.model.config, Shape.of(tiny.model, tiny.widths, tiny.arithmetic)
    cache = tiny.model(torch.tensor([[5, 6, 7]]), use_cache=True).past_key_values
    layer = cache.layers[0]
    assert shape.keys == (layer.keys.numel() + layer.values.numel()) // 3
    assert (shape.layers, shape.width) == (config.num_hidden_layers, config.hidden_size)
    assert (shape.neurons, shape.vocabulary) == (sum(tiny.widths), config.vocab_size)


def test_a_cpu_takes_few(tiny: NeuronModel) -> None:
    free, most = free_memory(tiny.model)
    assert free > 0
    assert most == HOST_PROMPTS < DEVICE_PROMPTS


def batches(model: NeuronModel, **options: Any) -> list[int]:
    found = model.iter_answer_gradients(PROMPTS, ANSWERS, **options)
    return [len(rows) for rows, _ in found]


def test_batches_grow_with_memory_and_with_shorter_prompts(
    tiny: NeuronModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = tiny.encode(PROMPTS, ANSWERS)
    shape, shared = Shape.of(tiny.model, tiny.widths, tiny.arithmetic), 16
    assert encoded.prompts[0][:shared] == encoded.prompts[1][:shared]
    own = encoded.longest - shared
    for prompts, expected in ((1, 1), (2, 2), (64, 6)):
        free = int(prompts * shape.prompt_bytes(own, shared, 2) / 0.8) + 100
        monkeypatch.setattr(running, "free_memory", lambda _model, free=free: (free, 256))
        assert batches(tiny)[0] == expected
    monkeypatch.setattr(running, "free_memory", lambda _model: (10**12, 4))
    assert batches(tiny) == [4, 2]
    assert batches(tiny, batch_size=3) == [3, 3]


def test_memory_changes_no_number(tiny: NeuronModel, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = tiny.answer_gradients(PROMPTS, ANSWERS)
    monkeypatch.setattr(running, "free_memory", lambda _model: (0, 256))
    found = tiny.answer_gradients(PROMPTS, ANSWERS)
    for one, other in zip(found.gradients, expected.gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-9)
