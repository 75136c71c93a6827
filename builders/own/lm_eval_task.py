"""Rows of a multiple-choice task of lm-eval, read by the task's own `doc_to_*`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from builders.own.quiz import Quiz
from builders.own.reading import Table
from mceval8k.errors import DataError, UsageError
from mceval8k.hub import HUB_ERRORS, why
from mceval8k.registry import all_tasks

INSTRUCTION = "Choose the right answer."
"""Of tasks that have no description in English."""

_CUE = re.compile(r"\s*\n[^\n:：]{1,30}[:：]\s*$")
_SYMBOL = re.compile(r"[A-Za-z0-9][.)]?")


def read_lm_eval(
    name: str, include_path: Path | None = None, *, lang: str = "en", instruction: str | None = None
) -> tuple[Quiz, Table]:
    """Read a task of lm-eval.

    The question is what `doc_to_text` gives, minus a last line that only asks for the answer
    ("Answer:"); options and right option are those of `doc_to_choice` and `doc_to_target`. A task
    with training documents keeps its splits, test ones first, so that of a repetition the training
    row is the bad one; any other is split anew.

    Parameters
    ----------
    name
        What lm-eval calls it.
    include_path
        Folder of further tasks.
    lang, instruction
        Language of the task, and its wording; by default the task's description.

    Raises
    ------
    UsageError
        There is no such task, it is no multiple-choice task, or its data cannot be had.
    DataError
        Its options stand in the question, so that `doc_to_choice` gives only their letters.
    """
    task = _load(name, include_path)
    rows = tuple(_rows(task))
    where = f"lm-eval task {name}"
    if not rows:
        raise DataError(f"{where}: no documents")
    if all(_SYMBOL.fullmatch(str(option)) for _, row in rows for option in row["options"]):
        raise DataError(
            f"{where}: its options stand in the question, doc_to_choice gives their letters: "
            "import its data by a YAML file instead"
        )
    splits = {row["split"] for _, row in rows}
    quiz = Quiz(
        where=where,
        name=_slug(name),
        data=Path(name),
        question="question",
        options=("options",),
        label="label",
        label_is="index",
        split="split" if {"train", "test"} <= splits else None,
        lang=lang,
        instruction={
            lang: instruction or str(task.config.description or "").strip() or INSTRUCTION
        },
        summary=f"{name} of lm-eval",
    )
    source = task.config.dataset_path or name
    config = task.config.dataset_name
    return quiz, Table(str(source), f"lm-eval {name}", rows, config and str(config))


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"lm-eval-{slug}" if slug in all_tasks() else slug


def _load(name: str, include_path: Path | None) -> Any:
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=None if include_path is None else str(include_path))
    if name not in manager.all_subtasks:
        raise UsageError(f"lm-eval has no task {name!r} (groups cannot be imported as one)")
    try:
        task = manager.load([name])["tasks"][name]
    except HUB_ERRORS as error:
        raise UsageError(f"lm-eval task {name}: {why(error)}") from None
    if task.OUTPUT_TYPE != "multiple_choice":
        raise UsageError(f"lm-eval task {name} is of type {task.OUTPUT_TYPE}, not multiple_choice")
    if task.multiple_input or task.multiple_target:
        raise UsageError(
            f"lm-eval task {name} has several questions or several right options an item"
        )
    return task


def _rows(task: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for split, kind, docs in _documents(task):
        for number, doc in enumerate(docs):
            options = list(task.doc_to_choice(doc))
            yield (
                f"{kind}: row {number}",
                {
                    "question": _CUE.sub("", str(task.doc_to_text(doc))).strip(),
                    "options": [str(option).strip() for option in options],
                    "label": _gold(task.doc_to_target(doc), options),
                    "split": split,
                },
            )


def _documents(task: Any) -> Iterator[tuple[str, str, Any]]:
    """Documents with the split they go to: where lm-eval tests on validation, that is the test."""
    if task.has_test_docs():
        yield "test", "test", task.test_docs()
    if task.has_validation_docs():
        split = "validation" if task.has_test_docs() else "test"
        yield split, "validation", task.validation_docs()
    if task.has_training_docs():
        yield "train", "training", task.training_docs()


def _gold(target: Any, options: list[Any]) -> Any:
    """Index of the right option, as lm-eval reads `doc_to_target`: an index, or an option."""
    return options.index(target) if isinstance(target, str) and target in options else target
