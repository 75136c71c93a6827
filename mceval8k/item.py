"""The item: one question with its options, in the columns that every edition shares."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from mceval8k.task import MAX_OPTIONS, Item, Parts, RawRow, Task
from mceval8k.text import normalise

if TYPE_CHECKING:
    from datasets import Features

__all__ = ["COMMON_COLUMNS", "Item", "features", "item_id", "make_item", "normalise"]

COMMON_COLUMNS = (
    "id",
    "task",
    "genre",
    "lang",
    "question",
    "options",
    "label",
    "group",
    "source",
    "source_id",
)


INPUT = "input"
"""Column of an edition's files, beside the items' own: the question with its instruction before it,
for frameworks that show a question as it is (`mceval8k.prompts.asking`)."""


def item_id(task: str, parts: Parts) -> str:
    """Id by content: the same question, options and gold have the same id in every build.

    The 12 hexadecimal digits are of a SHA-256 over task, language, normalised question,
    normalised options and gold.
    """
    content = [
        task,
        parts.lang,
        normalise(parts.question),
        [normalise(option) for option in parts.options],
        parts.label,
    ]
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"{task}-{hashlib.sha256(canonical.encode()).hexdigest()[:12]}"


def check_parts(parts: Parts) -> None:
    """Raise ValueError, naming the field at fault, for parts that no item can have."""
    if not 2 <= len(parts.options) <= MAX_OPTIONS:
        raise ValueError(f"{len(parts.options)} options; an item has 2 to {MAX_OPTIONS}")
    if not 0 <= parts.label < len(parts.options):
        raise ValueError(f"label {parts.label} is out of range for {len(parts.options)} options")


def make_item(task: Task, raw: RawRow, *, source: str, source_id: str, group: str = "") -> Item:
    """Item of a raw row in the task's released columns.

    Parameters
    ----------
    task
        Whose row it is.
    raw
        Values by column name; columns of `task.raw_columns` that the common ones do not hold
        already are carried along.
    source, source_id
        Upstream data set and the row in it.
    group
        What must not be split, where upstream says it better than the raw row can.

    Raises
    ------
    KeyError, TypeError, ValueError
        The row lacks a column or holds a value that is none of the task's.
    """
    parts = task.to_parts(raw)
    check_parts(parts)
    item: dict[str, Any] = {
        "id": item_id(task.name, parts),
        "task": task.name,
        "genre": task.genre,
        "lang": parts.lang,
        "question": parts.question,
        "options": list(parts.options),
        "label": parts.label,
        "group": group or parts.group,
        "source": source,
        "source_id": source_id,
    }
    return item | {name: raw[name] for name in own_columns(task)}


def own_columns(task: Task) -> tuple[str, ...]:
    """Raw columns that a task's items carry beside the common ones."""
    return tuple(name for name in task.raw_columns if name not in COMMON_COLUMNS)


def features(task: Task) -> Features:
    """Features of a task's items, in column order."""
    from datasets import ClassLabel, Features, Value
    from datasets.features import Sequence as ListOf

    columns: dict[str, Any] = {name: Value("string") for name in COMMON_COLUMNS}
    columns["options"] = ListOf(Value("string"))
    columns["label"] = Value("int64")
    if task.fixed_options is not None and len(task.fixed_options) == 1:
        (names,) = task.fixed_options.values()
        columns["label"] = ClassLabel(names=list(names))
    for name in own_columns(task):
        columns[name] = _feature(task.raw_columns[name])
    return Features(columns)


def stored_features(task: Task) -> Features:
    """Features of a task's files: those of its items, and `INPUT`."""
    from datasets import Features, Value

    return Features({**features(task), INPUT: Value("string")})


def _feature(type_name: str) -> Any:
    from datasets import Value
    from datasets.features import Sequence as ListOf

    if type_name.startswith("list<") and type_name.endswith(">"):
        return ListOf(_feature(type_name[5:-1]))
    return Value(type_name)
