"""`hf-prefix` by the commands: ours, and lm-eval's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

import pytest
import torch
from lm_eval import simple_evaluate
from lm_eval.api.registry import get_model, model_registry
from typer.testing import CliRunner

from harness import tasks_path
from harness.cli import app
from harness.prefix_scorer.command import with_tasks
from harness.prefix_scorer.model import PrefixLM
from harness.run.evaluation import Options, evaluate
from harness.tasks.settings import Settings
from mceval8k.errors import UsageError
from tests import commands


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


def test_model_arguments(tiny_model, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = f"pretrained={tiny_model},dtype=auto,device_map=auto,max_tokens=300"
    model = PrefixLM.create_from_arg_string(arguments, {"batch_size": "2", "device": "cpu"})
    assert (model.model.dtype, model.max_tokens) == (torch.float32, 300)
    assert not list(tmp_path.iterdir())  # lm-eval's `parallelize` would move weights to disk


def test_items_of_several_processes_are_in_order(edition, tiny_model, monkeypatch) -> None:
    """lm-eval's `hf` hands them in process by process."""

    def processes(**options: Any) -> dict[str, Any]:
        found: dict[str, Any] = simple_evaluate(**options)
        for samples in found["samples"].values():
            samples[:] = samples[::2] + samples[1::2]
        return found

    monkeypatch.setattr("harness.run.lm_eval_run.simple_evaluate", processes)
    options = Options(
        model="hf",
        model_args=f"pretrained={tiny_model},dtype=float32",
        settings=Settings(edition=str(edition)),
        tasks="agnews",
        device="cpu",
    )
    evaluation = evaluate(options)
    assert evaluation is not None
    (samples,) = evaluation.samples.values()
    assert [sample["doc_id"] for sample in samples] == list(range(8))


FOLDER = ["--include_path", str(tasks_path())]


@pytest.mark.parametrize(
    ("arguments", "further"),
    [
        (["run", "--tasks", "mceval8k_nli"], FOLDER),
        (["ls", "tasks"], FOLDER),
        (["--model", "hf"], FOLDER),
        (["run", "--include_path", "mine"], []),
        (["run", "--include_path=mine"], []),
        (["run", "--config", "run.yaml"], []),
        (["--help"], []),
        ([], []),
    ],
)
def test_our_tasks_are_there_unless_another_folder_is_chosen(arguments, further) -> None:
    assert with_tasks(arguments) == [*arguments, *further]


def test_lm_evals_own_models_stay_known() -> None:
    """In a process of its own, where nothing else has filled lm-eval's registry."""
    code = (
        "from harness.prefix_scorer import register; from lm_eval.api import registry; register(); "
        "assert {'hf', 'hf-prefix'} <= set(registry.model_registry.keys())"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


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
    assert seen == [
        "lm-eval",
        "run",
        "--model",
        "hf-prefix",
        "--tasks",
        "a,b",
        "--help",
        "-x",
        *FOLDER,
    ]


@pytest.fixture
def lacking(tiny_model, tmp_path) -> str:
    """Arguments of a model whose checkpoint has two of the three layers in its config."""
    folder = shutil.copytree(tiny_model, tmp_path / "lacking")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    return f"pretrained={folder}"


@pytest.mark.parametrize("kind", ["hf", "hf-prefix"])
def test_lm_evals_command_refuses_what_lacks_weights(kind, lacking, monkeypatch) -> None:
    def load() -> None:
        get_model(kind).create_from_arg_string(lacking, {"device": "cpu"})

    monkeypatch.setattr("lm_eval.__main__.cli_evaluate", load)
    done = commands.mceval8k("lm-eval", "run", "--model", kind, "--model_args", lacking)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "of its weights are missing" in done.stderr


def test_hf_prefix_refuses_what_lacks_weights(lacking) -> None:
    with pytest.raises(UsageError, match="of its weights are missing"):
        PrefixLM.create_from_arg_string(lacking, {"device": "cpu"})
