"""Names of models as people say them."""

from __future__ import annotations

import pytest

from mceval8k.text import model_name


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt2", "gpt2"),
        ("lab/model-7B", "model-7B"),
        ("/home/me/models/model-7B/", "model-7B"),
        ("C:\\models\\model-7B", "model-7B"),
        ("/cache/models--lab--model-7B/snapshots/0a1b2c", "model-7B"),
        ("/cache/models--gpt2/snapshots/0a1b2c/", "gpt2"),
        ("model.Q8_0.gguf", "model.Q8_0.gguf"),
        (None, ""),
    ],
)
def test_a_model_is_named_without_its_folder(model, name):
    assert model_name(model) == name
