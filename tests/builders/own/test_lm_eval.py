"""A multiple-choice task of lm-eval, read by its own `doc_to_*`."""

from __future__ import annotations

import json

import pytest
import yaml
from lm_eval.tasks._index import TaskIndex

from builders.own.importing import import_quiz
from builders.own.lm_eval_task import read_lm_eval
from builders.validation import validate
from mceval8k import load_task, open_edition
from mceval8k.errors import DataError, UsageError

TASK = {
    "task": "cards_easy",
    "dataset_path": "json",
    "output_type": "multiple_choice",
    "training_split": "train",
    "validation_split": "validation",
    "test_split": "test",
    "doc_to_text": "Question: {{q}}\nAnswer:",
    "doc_to_choice": "{{options}}",
    "doc_to_target": "{{options.index(right)}}",
    "metric_list": [{"metric": "acc"}],
}


@pytest.fixture(autouse=True)
def _local_tasks_alone(monkeypatch):
    """Leave out lm-eval's own tasks, of which it would read thousands."""
    build = TaskIndex.build
    monkeypatch.setattr(TaskIndex, "build", staticmethod(lambda paths: build(paths[1:])))


@pytest.fixture
def local_task(tmp_path, colours):
    """Write a task and its data; the rows of a split are those of a third of the colours."""

    def write(splits=("train", "validation", "test"), **fields):
        files = {}
        for part, split in enumerate(splits):
            path = tmp_path / f"{split}.jsonl"
            rows = colours(60)[part :: len(splits)]
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
            files[split] = str(path)
        content = {**TASK, "dataset_kwargs": {"data_files": files}, **fields}
        folder = tmp_path / "tasks"
        folder.mkdir(exist_ok=True)
        (folder / "cards.yaml").write_text(
            yaml.safe_dump({k: v for k, v in content.items() if v is not None})
        )
        return folder

    return write


def test_questions_options_and_splits_are_the_tasks_own(local_task, colours, tmp_path):
    quiz, table = read_lm_eval("cards_easy", local_task())
    import_quiz(quiz, tmp_path / "edition", table=table)
    assert validate(tmp_path / "edition").violations == ()
    assert open_edition(tmp_path / "edition").tasks == ("cards-easy",)
    splits = load_task("cards-easy", tmp_path / "edition")
    assert {name: len(part) for name, part in splits.items()} == {
        "train": 20,
        "validation": 20,
        "test": 20,
    }
    golds = {f"Question: {row['q']}": row["right"] for row in colours(60)}
    for part in splits.values():
        for item in part:
            assert item["options"][item["label"]] == golds[item["question"]]
    assert {item["question"] for item in splits["test"]} == {
        f"Question: {row['q']}" for row in colours(60)[2::3]
    }


def test_without_training_documents_rows_are_split_anew(local_task, tmp_path):
    folder = local_task(["validation"], training_split=None, test_split=None)
    quiz, table = read_lm_eval("cards_easy", folder, instruction="Which colour is it?")
    made = import_quiz(quiz, tmp_path / "edition", table=table)
    assert made.counts == {"train": 46, "validation": 7, "test": 7}
    assert made.task.instruction == {"en": "Which colour is it?"}


def test_a_target_that_is_an_option(local_task, tmp_path):
    quiz, table = read_lm_eval("cards_easy", local_task(doc_to_target="right"))
    assert import_quiz(quiz, tmp_path / "edition", table=table).bad == ()


@pytest.mark.parametrize(
    ("fields", "name", "error", "message"),
    [
        ({}, "cards_hard", UsageError, "lm-eval has no task 'cards_hard'"),
        ({"output_type": "generate_until"}, "cards_easy", UsageError, "of type generate_until"),
        (
            {"doc_to_choice": ["A", "B", "C"], "doc_to_target": 0},
            "cards_easy",
            DataError,
            "its options stand in the question",
        ),
    ],
)
def test_what_cannot_be_imported_is_said(local_task, fields, name, error, message):
    with pytest.raises(error, match=message):
        read_lm_eval(name, local_task(**fields))
