"""`neurgrad describe`: what is found in a model, on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from neurgrad_eval.describe import describe, describe_command
from neurgrad_eval.neuron_model import NeuronModel


def neurgrad(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "neurgrad_eval.cli", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_describe(tiny: NeuronModel) -> None:
    found = describe(tiny)
    assert (found.kind, found.architecture, found.copies) == (
        "causal",
        "LlamaForCausalLM",
        "packed",
    )
    assert (found.context, found.window, found.spaces) == (256, None, ("hidden", "up"))
    assert found.packing_error is not None
    assert found.packing_error < 1e-6
    layer = found.layers[1]
    assert (layer.site, layer.module) == ("model.layers.1.mlp.down_proj", "Linear")
    assert (layer.width, layer.gated, layer.activation) == (24, True, "SiLUActivation")


def test_json(tiny_folder: Path) -> None:
    done = neurgrad("describe", str(tiny_folder), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["copies"] == "packed"
    assert [layer["width"] for layer in found["layers"]] == [24, 24, 24]


def test_table(tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    describe_command(str(tiny_folder), as_json=False)
    shown = capsys.readouterr().out
    assert "packed" in shown
    assert "model.layers.2.mlp.down_proj" in shown


def test_no_model(tmp_path: Path) -> None:
    done = neurgrad("describe", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("error: model ")
    assert len(done.stderr.splitlines()) == 1
