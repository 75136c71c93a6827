"""inspect-ai on our tasks and on the benchmark's eval.yaml: really run, with mock models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import yaml

pytest.importorskip("inspect_ai")

from inspect_ai import eval as run_inspect
from inspect_ai.model import get_model

from harness import task_manager
from harness.leaderboard.publishing.evaluation import benchmark_yaml
from harness.samples.prompt_columns import SYMBOLS
from harness.samples.replies import VERSION
from mceval8k.editions import load_task
from mceval8k.prompts.asking import question_with_instruction
from mceval8k.registry import all_tasks, get_task
from tests.harness.tasks.export.run_inspect import answer

RUNNER = Path(__file__).with_name("run_inspect.py")
REPLIES = ("The answer is B.", "I cannot say.", "A", "**C**")


@pytest.fixture
def benchmark(hub: Any, whole_edition: Path) -> str:
    """Repository of the edition on a local Hub, with its eval.yaml."""
    files = {
        path.relative_to(whole_edition).as_posix(): path.read_bytes()
        for path in whole_edition.rglob("*")
        if path.is_file()
    }
    files["eval.yaml"] = benchmark_yaml({"tasks": list(all_tasks())}).encode()
    name: str = hub.name()
    hub.plant(name, {"refs/heads/main": files})
    return name


@pytest.mark.parametrize("name", ["agnews", "xnli"])
def test_the_benchmarks_eval_yaml_runs(hub, benchmark, whole_edition, tmp_path, name) -> None:
    done = hub.separate(str(RUNNER), f"hf/{benchmark}/{name}", str(tmp_path))
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    task, items = get_task(name), load_task(name, whole_edition)["test"]
    asked = [(sample["input"], sample["choices"], sample["target"]) for sample in found["samples"]]
    assert asked == [
        (question_with_instruction(task, item), item["options"], "ABCDE"[item["label"]])
        for item in items
    ]
    assert found["accuracy"] == pytest.approx(sum(i["label"] == 1 for i in items) / len(items))


def test_every_entry_is_one_that_inspect_takes() -> None:
    from inspect_ai._eval.task.hf import HFTask

    content = yaml.safe_load(benchmark_yaml({"tasks": list(all_tasks())}))
    entries = [HFTask.model_validate(entry) for entry in content["tasks"]]
    assert [entry.id for entry in entries] == list(all_tasks())
    assert content["evaluation_framework"] == "inspect-ai"


@pytest.mark.parametrize("count", ["0", "2"])
@pytest.mark.parametrize("name", ["agnews", "xnli"])
def test_prompts_golds_and_scores_are_those_of_the_generation_task(
    whole_edition, tmp_path, name, count
) -> None:
    from harness.tasks.export.inspect_tasks import TASKS

    manager = task_manager(include_defaults=False, metadata={"edition": str(whole_edition)})
    ours = manager.load([f"mceval8k_{name}_gen"])["tasks"][f"mceval8k_{name}_gen"]
    asked = {doc["id"]: doc for doc in ours.eval_docs}
    model = get_model(
        "mockllm/model", custom_outputs=lambda messages, *_: answer(reply_to(messages[-1].text))
    )
    inspected = TASKS[name](edition=str(whole_edition), num_fewshot=count)
    (log,) = run_inspect(inspected, model=model, log_dir=str(tmp_path), display="none")
    assert log.status == "success"
    assert log.eval.metadata["reply_reader"] == VERSION
    assert len(log.samples) == len(asked)
    for sample in log.samples:
        doc = asked[sample.id]
        assert sample.input == ours.fewshot_context(doc, int(count))
        assert sample.target == doc[SYMBOLS][doc["label"]]
        expected = ours.process_results(doc, [reply_to(sample.input)])
        assert sample.scores["named_option"].value == expected


def reply_to(prompt: str) -> str:
    """One of the replies, by the prompt alone."""
    return REPLIES[crc32(prompt.encode()) % len(REPLIES)]
