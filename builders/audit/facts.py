"""What the checks must know of a task: the text that is asked about, what is shared, who chose.

All of it follows from the task's record; nothing here knows a task by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from builders.audit.near import THRESHOLD
from mceval8k.item import own_columns
from mceval8k.task import Item, Task
from mceval8k.text import normalise

Origin = Literal["fixed", "drawn", "written"]

CLOSED = 32
"""Most values of options that come from a closed set, as tags do."""

_ABOUT = ("id", "group", "source", "source_id")


def text_columns(task: Task) -> tuple[str, ...]:
    """Raw columns that hold what is asked about.

    Not among them: the phrase or word that is asked for. Several phrases of one sentence are no
    near-duplicates but share their group. A task without columns of its own has its question.
    """
    names = own_columns(task) or ("question",)
    texts = (name for name in names if name not in task.not_text)
    return tuple(name for name in texts if task.raw_columns[name] == "string")


def item_texts(item: Item) -> frozenset[str]:
    """All texts of a row, of any level; not what is said about the row, such as its source."""
    return frozenset(
        text for name, value in item.items() if name not in _ABOUT for text in _texts(value)
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)


def compared_text(task: Task, item: Item) -> str:
    """Text by which near-duplicates are sought: all text columns, normalised.

    Where there are none, because all items ask the same question, it is the options.
    """
    texts = [str(item[name] or "") for name in text_columns(task)]
    if not texts:
        texts = sorted(item["options"])
    elif task.unordered:
        texts.sort()
    return normalise("\n".join(texts))


def shared_keys(task: Task, item: Item) -> Iterator[str]:
    """What an item must not have in common with an item of another split."""
    yield f"group: {item['group']}"
    for name in text_columns(task) if task.shared is None else task.shared:
        value = normalise(str(item[name] or ""))
        if value:
            # Both sentences of a pair are looked up under one name: they may change places.
            yield f"{name.rstrip('12')}: {value}"


def near_threshold(task: Task) -> float:
    """Jaccard index from which texts of a task are near-duplicates.

    Statements made from templates must have the same words: with another subject in the same
    template, a statement is another question.
    """
    return 1.0 if task.templated else THRESHOLD


def origin_of_options(task: Task) -> Origin:
    """Who chose the wrong options: nobody (`fixed`), the maker (`drawn`), upstream (`written`)."""
    if task.fixed_options is not None:
        return "fixed"
    return "drawn" if task.drawn_options else "written"
