"""A task that an edition brings along is asked, scored and ranked like one of the benchmark's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from harness import task_manager
from harness.run.evaluation import evaluate
from harness.run.options import Options
from harness.tasks.generate import files_of_own, task_files
from harness.tasks.settings import Settings
from mceval8k import DataError, UsageError, import_data, load_pack, open_edition
from mceval8k.prompts.symbols import answer_tokens
from mceval8k.registry import all_tasks


@pytest.fixture(scope="module")
def own_edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty-eight questions with two to five options."""
    folder = tmp_path_factory.mktemp("own")
    words = ("ferry", "strike", "cup", "probe", "market")
    rows = [
        {
            "q": f"Page {n * n} of volume {n * 11 % 17} speaks of what, on line {n}?",
            "options": [f"{words[i]} {n}" for i in range(2 + n % 4)],
            "right": n % (2 + n % 4),
        }
        for n in range(48)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    fields = {
        "name": "volumes",
        "data": str(folder / "rows.jsonl"),
        "question": "q",
        "options": "options",
        "label": "right",
        "label_is": "index",
        "instruction": {"en": "Say what the page speaks of."},
    }
    import_data(fields, folder / "edition")
    return folder / "edition"


def options(model: Path, edition: Path, **changes: object) -> Options:
    args = f"pretrained={model},dtype=float32"
    return Options("hf", args, Settings(str(edition)), batch_size="4", device="cpu", **changes)


@pytest.mark.parametrize("names", ["all", "own", "volumes"])
def test_scores_are_those_of_the_plain_way(tiny_model: Path, own_edition: Path, names: str) -> None:
    done = evaluate(options(tiny_model, own_edition, tasks=names))
    assert done is not None
    assert done.skipped == ()
    opened = open_edition(own_edition)
    task, pack = opened.task("volumes"), load_pack()
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()
    (answers,) = done.answers
    items = sorted(opened.load("volumes")["test"], key=lambda item: item["id"])
    assert len({len(item["options"]) for item in items}) > 1
    assert answers.n_options.tolist() == [len(item["options"]) for item in items]
    for row, item in enumerate(items):
        count = len(item["options"])
        prompt = pack.prompt(task, item)
        tokens = answer_tokens(tokenizer, prompt, pack.continuations(task, count))
        with torch.no_grad():
            logits = model(**tokenizer(prompt, return_tensors="pt")).logits[0, -1]
        expected = logits.log_softmax(-1)[tokens].numpy()
        np.testing.assert_allclose(answers.log_probabilities[row, :count], expected, rtol=1e-4)
        assert np.isneginf(answers.log_probabilities[row, count:]).all()
    (score,) = done.scores
    assert (score.task, score.genre) == ("volumes", "own")
    assert score.chance == pytest.approx(np.mean(1 / answers.n_options))


def test_each_reply_may_be_one_of_its_items_own_symbols(own_edition: Path) -> None:
    task = open_edition(own_edition).task("volumes")
    metadata = Settings(str(own_edition)).to_metadata()
    with files_of_own([task]) as folders:
        manager = task_manager(include_defaults=False, include_path=folders, metadata=metadata)
        loaded = manager.load(["mceval8k_volumes_gen"])["tasks"]["mceval8k_volumes_gen"]
    for item in loaded.dataset["test"]:
        symbols = ", ".join("ABCDE"[: len(item["options"])])
        assert f"Reply with one of {symbols} and nothing else." in item["prompt_instruction"]


def test_options_of_different_numbers_are_not_rotated(tiny_model: Path, own_edition: Path) -> None:
    with pytest.raises(UsageError, match="those of volumes have 2 to 5"):
        evaluate(options(tiny_model, own_edition, rotate=True))


def test_a_name_that_is_nowhere(tiny_model: Path, own_edition: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown task or genre 'volume'.*'volumes'"):
        evaluate(options(tiny_model, own_edition, tasks="volume"))
    with pytest.raises(UsageError, match="has no task 'ner'; it has: volumes"):
        evaluate(options(tiny_model, own_edition, tasks="ner"))


def test_a_damaged_record_is_named(own_edition: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(own_edition, tmp_path / "edition")
    (tmp_path / "edition/tasks/volumes.yaml").write_text("name: volumes\n")
    with pytest.raises(DataError, match="content differs from the manifest's hash"):
        open_edition(tmp_path / "edition").task("volumes")


def test_own_tasks_have_files_of_their_own_and_the_benchmark_keeps_its_groups(
    own_edition: Path,
) -> None:
    task = open_edition(own_edition).task("volumes")
    own = task_files([task])
    assert "own/volumes.yaml" in own
    assert "mceval8k.yaml" not in own
    with files_of_own(list(all_tasks().values())) as folders:
        assert folders == []
