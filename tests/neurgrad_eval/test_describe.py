"""`neurgrad describe`: what is found in a model, on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import Qwen2MoeConfig, Qwen2MoeForCausalLM

from neurgrad_eval.describe import describe, describe_command
from neurgrad_eval.engine.strategies import PACKED
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import ROUTING

Run = Callable[..., tuple[int, str, str]]


def test_describe(tiny: NeuronModel) -> None:
    found = describe(tiny)
    assert (found.kind, found.architecture) == ("causal", "LlamaForCausalLM")
    assert found.strategy == PACKED.name
    assert (found.context, found.window, found.spaces) == (256, None, ("hidden", "up"))
    assert found.strategy_error < 1e-6
    layer = found.layers[1]
    assert (layer.site, layer.module) == ("model.layers.1.mlp.down_proj", "Linear")
    assert (layer.width, layer.gated, layer.activation) == (24, True, "SiLUActivation")


def test_json(neurgrad: Run, tiny_folder: Path) -> None:
    status, out, err = neurgrad("describe", tiny_folder, "--json")
    assert status == 0, err
    found = json.loads(out)
    assert found["strategy"] == PACKED.name
    assert [layer["width"] for layer in found["layers"]] == [24, 24, 24]


def test_table(tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    describe_command(str(tiny_folder), as_json=False)
    shown = capsys.readouterr().out
    assert PACKED.name in shown
    assert "model.layers.2.mlp.down_proj" in shown


def test_16_bits(tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    describe_command(str(tiny_folder), as_json=False, dtype="half")
    said = capsys.readouterr().out
    assert re.search(
        r"^note: prompts run in float16, .* by \d\.[1-9]% in the median$", said, re.MULTILINE
    )


def test_no_model(neurgrad: Run, tmp_path: Path) -> None:
    status, out, err = neurgrad("describe", tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith("error: model ")
    assert err.count("error:") == 1


def test_experts(tiny: NeuronModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Qwen2MoeConfig(
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=128,
        num_experts=4,
        num_experts_per_tok=2,
        moe_intermediate_size=8,
        shared_expert_intermediate_size=12,
        decoder_sparse_step=2,
    )
    Qwen2MoeForCausalLM(config).save_pretrained(tmp_path)
    tiny.tokenizer.save_pretrained(tmp_path)
    found = describe(NeuronModel.from_pretrained(tmp_path))
    assert [(layer.layer, layer.experts, layer.width) for layer in found.layers] == [
        (0, None, 24),
        (1, 4, 32),
        (1, None, 12),
    ]
    assert found.notes == (ROUTING,)
    assert describe(tiny).notes == ()
    describe_command(str(tmp_path), as_json=False)
    assert "note: neurons of experts that the router did not choose" in capsys.readouterr().out
