from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from lm_eval.__main__ import cli_evaluate
from lm_eval.tasks._index import TaskIndex
from lm_eval.utils import get_results_filenames, get_sample_results_filenames
from typer.testing import CliRunner

from harness import tasks_path
from harness.cli import app
from harness.cli_eval import parse_batch_size
from mceval8k.editions import Shortcut
from mceval8k.errors import UsageError


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def call_eval(model: Path, edition: Path, *further: object) -> Result:
    fixed = ("--model-args", f"pretrained={model}", "--edition", edition, "--device", "cpu")
    return call("eval", *fixed, *further)


def test_tasks_path() -> None:
    assert call("tasks-path").stdout == f"{tasks_path()}\n"


def test_committed_tasks_are_current() -> None:
    assert call("generate-tasks", "--check").exit_code == 0


def test_table_names_both_averages(tiny_model, edition) -> None:
    result = call_eval(tiny_model, edition, "--tasks", "agnews,xnli", "--limit", 2)
    assert result.exit_code == 0, result.output
    words = " ".join(result.stdout.split())
    assert "agnews" in words
    assert "micro average" in words
    assert "genre-macro average" in words
    assert "only 2 items of each task" in " ".join(result.stderr.split())


def test_json_is_all_there_is_on_stdout(tiny_model, edition) -> None:
    result = call_eval(tiny_model, edition, "--tasks", "classification", "--json", "--limit", 4)
    summary = json.loads(result.stdout)
    assert summary["tasks"][0]["task"] == "agnews"
    assert summary["tasks"][0]["n"] == 4
    assert summary["tasks"][0]["chance"] == 0.25
    assert set(summary["averages"]) == {"micro", "genre_macro"}
    assert summary["skipped"] == ["amazon-reviews", "imdb"]
    assert len(summary["edition_digest"]) == 64


def test_what_needs_no_question_stands_beside_the_scores(tiny_model, edition, monkeypatch) -> None:
    known = {"agnews": Shortcut("the length of `text`", 0.31, 0.3, 0.32, 0.25, 60, {"en": 0.31})}
    monkeypatch.setattr("harness.run.evaluation.strongest_shortcuts", lambda _: known)
    result = call_eval(tiny_model, edition, "--tasks", "agnews,xnli", "--json", "--limit", 2)
    found = {each["task"]: each["shortcut"] for each in json.loads(result.stdout)["tasks"]}
    assert found == {"agnews": 0.31, "xnli": None}
    assert "(strongest shortcut): agnews 0.310" in " ".join(result.stderr.split())


def test_out_holds_a_summary_and_what_lm_eval_reads(tiny_model, edition, tmp_path) -> None:
    out = tmp_path / "run"
    arguments = ("--tasks", "agnews,xnli", "--out", out, "--json", "--num-fewshot", 1)
    result = call_eval(tiny_model, edition, *arguments)
    assert json.loads((out / "summary.json").read_text()) == json.loads(result.stdout)
    with (out / "summary.csv").open(newline="") as file:
        rows = {row["task"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["agnews", "xnli", "micro", "genre_macro"]
    written = [str(path) for path in out.glob("*/*")]
    (results_file,) = get_results_filenames(written)
    assert len(get_sample_results_filenames(written)) == 2
    results = json.loads(Path(results_file).read_text())
    accuracy = results["results"]["mceval8k_agnews"]["acc,none"]
    assert accuracy == pytest.approx(float(rows["agnews"]["accuracy"]))
    metadata = results["configs"]["mceval8k_agnews"]["metadata"]
    assert metadata["edition_digest"] == json.loads(result.stdout)["edition_digest"]
    assert (results["config"]["model"], results["model_source"]) == ("hf", "hf")
    samples = next(out.glob("*/samples_mceval8k_agnews_*.jsonl")).read_text().splitlines()
    assert len(samples) == 8
    assert json.loads(samples[0])["doc"]["id"].startswith("agnews-")


def test_results_of_another_run_are_not_replaced(tiny_model, edition, tmp_path) -> None:
    (tmp_path / "summary.json").write_text("{}")
    result = call_eval(tiny_model, edition, "--tasks", "agnews", "--out", tmp_path)
    assert isinstance(result.exception, UsageError)
    assert (tmp_path / "summary.json").read_text() == "{}"


def test_a_folder_that_cannot_be_made_is_refused_first(tiny_model, edition, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "run"
    result = call_eval(tiny_model, edition, "--tasks", "agnews", "--out", out)
    assert isinstance(result.exception, UsageError)
    assert "can be written" in str(result.exception)


def test_a_run_without_an_edition_says_how_to_name_one() -> None:
    result = call("eval", "--model-args", "pretrained=there")
    assert isinstance(result.exception, UsageError)
    assert "--edition" in str(result.exception)


def test_edition_from_the_environment(tiny_model, edition, monkeypatch) -> None:
    monkeypatch.setenv("MCEVAL8K_EDITION", str(edition))
    arguments = ("--model-args", f"pretrained={tiny_model}", "--tasks", "agnews", "--limit", 1)
    assert call("eval", *arguments).exit_code == 0


def test_num_fewshot_is_a_number_or_balanced(tiny_model, edition) -> None:
    result = call_eval(tiny_model, edition, "--tasks", "agnews", "--num-fewshot", "many")
    assert isinstance(result.exception, UsageError)
    assert "'many'" in str(result.exception)


@pytest.mark.parametrize("text", ["0", "-8", "big", "auto:", ""])
def test_batch_size_is_a_number_or_auto(text: str) -> None:
    with pytest.raises(UsageError, match="--batch-size"):
        parse_batch_size(text)
    assert [parse_batch_size(good) for good in ("8", "auto", "auto:4")] == ["8", "auto", "auto:4"]


def test_commands_import_neither_lm_eval_nor_transformers_models() -> None:
    code = "import sys, harness.cli; sys.exit('lm_eval' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def stock_arguments(model: Path, out: Path) -> list[str]:
    arguments = ["run", "--include_path", str(tasks_path()), "--tasks", "mceval8k_agnews"]
    arguments += ["--model", "hf", "--model_args", f"pretrained={model}", "--device", "cpu"]
    arguments += ["--num_fewshot", "2", "--limit", "2"]
    return [*arguments, "--output_path", str(out), "--log_samples"]


def check_stock_results(out: Path, edition: Path) -> None:
    (file,) = out.glob("*/results_*.json")
    results = json.loads(file.read_text())
    assert results["n-shot"] == {"mceval8k_agnews": 2}
    assert results["configs"]["mceval8k_agnews"]["metadata"]["edition"] == str(edition)


def test_the_stock_command_runs_a_task(tiny_model, edition, tmp_path, monkeypatch) -> None:
    """In this process and without lm-eval's own tasks, of which it would read thousands."""
    build = TaskIndex.build
    monkeypatch.setattr(TaskIndex, "build", staticmethod(lambda paths: build(paths[1:])))
    monkeypatch.setenv("MCEVAL8K_EDITION", str(edition))
    monkeypatch.setattr(sys, "argv", ["lm-eval", *stock_arguments(tiny_model, tmp_path)])
    cli_evaluate()
    check_stock_results(tmp_path, edition)


@pytest.mark.model
def test_the_stock_command_runs_a_real_model(smollm2, edition, tmp_path) -> None:
    command = [sys.executable, "-m", "lm_eval", *stock_arguments(smollm2, tmp_path)]
    environment = os.environ | {"MCEVAL8K_EDITION": str(edition), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    check_stock_results(tmp_path, edition)
