"""What the checks must know of a task: the text that is asked about, what is shared, who chose.

Derived from a task's raw columns, so that a new task needs an entry only if its columns differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from builders.audit.near import THRESHOLD
from mceval8k.item import own_columns
from mceval8k.task import Item, Task
from mceval8k.text import normalise

Origin = Literal["fixed", "drawn", "written"]

_SHARED: Mapping[str, tuple[str, ...]] = {
    "halueval": ("knowledge", "dialogue"),
    "mlama": (),  # the fact is the group
    "mnli": ("premise",),
    "stereoset": ("context",),
    "xnli": ("premise",),  # an index of its own has each split upstream
}
_DRAWN = ("chunking", "mlama", "mpostag", "myriadlama", "ner", "postag", "templama")
_TEMPLATED = ("mlama", "myriadlama", "templama")
_NO_TEXT = ("target_token", "lang", "uuid")


def text_columns(task: Task) -> tuple[str, ...]:
    """Raw columns that hold what is asked about.

    Not among them: the phrase or word that is asked for. Several phrases of one sentence are no
    near-duplicates but share their group.
    """
    own = (name for name in own_columns(task) if name not in _NO_TEXT)
    return tuple(name for name in own if task.raw_columns[name] == "string")


def compared_text(task: Task, item: Item) -> str:
    """Text by which near-duplicates are sought: all text columns, normalised."""
    texts = [str(item[name] or "") for name in text_columns(task)]
    if task.name == "clang8":
        texts.sort()
    return normalise("\n".join(texts))


def shared_keys(task: Task, item: Item) -> Iterator[str]:
    """What an item must not have in common with an item of another split."""
    yield f"group: {item['group']}"
    for name in _SHARED.get(task.name, text_columns(task)):
        value = normalise(str(item[name] or ""))
        if value:
            # Both sentences of a pair are looked up under one name: they may change places.
            yield f"{name.rstrip('12')}: {value}"


def near_threshold(task: Task) -> float:
    """Jaccard index from which texts of a task are near-duplicates.

    Statements made from templates must have the same words: with another subject in the same
    template, a statement is another question.
    """
    return 1.0 if task.name in _TEMPLATED else THRESHOLD


def origin_of_options(task: Task) -> Origin:
    """Who chose the wrong options: nobody (`fixed`), the maker (`drawn`), upstream (`written`)."""
    if task.fixed_options is not None:
        return "fixed"
    return "drawn" if task.name in _DRAWN else "written"
