"""Exported tasks ask what ours ask, without this package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import task_manager
from harness.tasks.export.jinja import literal
from harness.tasks.export.lm_eval_yaml import Dataset, export_files, leaves, write_export
from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import FIRST
from mceval8k.prompts.pack import load_pack
from mceval8k.registry import all_tasks, get_task
from mceval8k.task import Task

PLAIN = Path(__file__).with_name("plain_lm_eval.py")


def exported(folder: Path, names: list[str], shots: list[int], cache: Path) -> dict[str, Any]:
    """What lm-eval asks in a process of its own."""
    command = [sys.executable, str(PLAIN), str(folder), ",".join(names), ",".join(map(str, shots))]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(cache)}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=cache, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def ours(task: Task, edition: Path, pack: str, shots: list[int]) -> dict[str, Any]:
    """What the task of this package asks, as `exported` has it."""
    metadata = {"edition": str(edition), "pack": pack, "demonstration_seed": FIRST}
    name = f"mceval8k_{task.module_name}"
    loaded = task_manager(include_defaults=False, metadata=metadata).load([name])["tasks"][name]
    return {
        f"{leaf}/{count}": {
            doc["id"]: [
                loaded.fewshot_context(doc, count),
                list(loaded.pack.continuations(task, len(doc["options"]))),
                doc["label"],
            ]
            for doc in loaded.eval_docs
            if lang in (None, doc["lang"])
        }
        for count in shots
        for leaf, lang in leaves(task).items()
    }


@pytest.mark.parametrize(
    ("pack_name", "task_names", "count"),
    [("default", tuple(all_tasks()), 18 + 4 * 5), ("digits", ("agnews", "xnli"), 1 + 5)],
)
def test_prompts_are_those_of_our_tasks(
    whole_edition, tmp_path, pack_name, task_names, count
) -> None:
    tasks = [get_task(name) for name in task_names]
    write_export(tmp_path / "x", tasks, load_pack(pack_name), Dataset(str(whole_edition)))
    names = [name for task in tasks for name in leaves(task)]
    found = exported(tmp_path / "x", names, [0, 2], tmp_path)
    assert len(found) == 2 * len(names) == 2 * count
    for task in tasks:
        expected = ours(task, whole_edition, pack_name, [0, 2])
        assert all(expected.values())
        assert {key: found[key] for key in expected} == expected


def test_groups_hold_what_they_say() -> None:
    files = export_files(all_tasks().values(), load_pack(), Dataset("lab/data", "abc"))
    nli = yaml.safe_load(files["_mceval8k_nli.yaml"])
    assert nli["task"] == ["mceval8k_mnli", "mceval8k_paws", "mceval8k_swag"]
    assert nli["aggregate_metric_list"][0]["weight_by_size"] is False
    assert yaml.safe_load(files["_mceval8k.yaml"])["aggregate_metric_list"][0]["weight_by_size"]
    assert "aggregate_metric_list" not in yaml.safe_load(files["_mceval8k_multilingual.yaml"])
    french = yaml.safe_load(files["mceval8k_xnli_fr.yaml"])
    assert french["dataset_kwargs"] == {"revision": "abc", "filters": [["lang", "==", "fr"]]}
    assert not any("!function" in text for text in files.values())


def test_options_may_be_fewer(tmp_path) -> None:
    from dataclasses import replace

    task = replace(get_task("commonsenseqa"), fewest_options=2)
    file = export_files([task], load_pack(), Dataset("lab/data"))["mceval8k_commonsenseqa.yaml"]
    assert "[:options|length]" in yaml.safe_load(file)["doc_to_choice"]


def test_braces_of_a_wording_are_no_syntax() -> None:
    from jinja2 import Environment

    text = "Fill {{slot}} and {% this %}"
    assert Environment().from_string(literal(text)).render() == text
    assert literal("plain {text}") == "plain {text}"


def test_a_foreign_folder_is_left_alone(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is no earlier result"):
        write_export(tmp_path, [get_task("paws")], load_pack(), Dataset("lab/data"))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_command_needs_a_data_set(tmp_path) -> None:
    command = [sys.executable, "-m", "mceval8k", "tasks", "--export", str(tmp_path / "x")]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: --export needs --dataset")
    done = subprocess.run([*command, "--dataset", "lab/data"], capture_output=True, check=False)
    assert done.returncode == 0
    assert (tmp_path / "x" / "mceval8k_paws.yaml").is_file()
