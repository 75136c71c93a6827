"""`hf-prefix` by the commands: ours, and lm-eval's own."""

from __future__ import annotations

import sys

import pytest
from lm_eval.api.registry import model_registry
from typer.testing import CliRunner

from harness.cli import app
from harness.evaluation import Options, evaluate
from harness.settings import Settings


def test_evaluations_agree(edition, tiny_model) -> None:
    """Also on xnli, whose five languages have demonstrations of their own."""
    found = {}
    for model in ("hf", "hf-prefix"):
        options = Options(
            model=model,
            model_args=f"pretrained={tiny_model},dtype=float32",
            settings=Settings(edition=str(edition)),
            tasks="agnews,xnli",
            num_fewshot="balanced",
            batch_size="4",
            device="cpu",
        )
        evaluation = evaluate(options)
        assert evaluation is not None
        found[model] = {
            (name, sample["doc_id"]): [value for (value, _), *_ in sample["resps"]]
            for name, samples in evaluation.samples.items()
            for sample in samples
        }
    assert found["hf-prefix"].keys() == found["hf"].keys()
    for item, values in found["hf"].items():
        assert found["hf-prefix"][item] == pytest.approx(values, abs=1e-4)


def test_lm_evals_own_command(monkeypatch) -> None:
    seen: list[str] = []

    def command() -> None:
        assert "hf-prefix" in model_registry
        seen.extend(sys.argv)

    monkeypatch.setattr("lm_eval.__main__.cli_evaluate", command)
    monkeypatch.setattr(sys, "argv", ["mceval8k"])
    arguments = ["run", "--model", "hf-prefix", "--tasks", "a,b", "--help", "--", "-x"]
    result = CliRunner().invoke(app, ["lm-eval", *arguments])
    assert result.exit_code == 0, result.output
    assert seen == ["lm-eval", "run", "--model", "hf-prefix", "--tasks", "a,b", "--help", "-x"]
