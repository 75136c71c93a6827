"""Few-shot demonstrations: as many per label as can be, drawn by seed, never of a barred group."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Literal

from mceval8k.errors import DataError, UsageError
from mceval8k.task import Item, Task

BALANCED: Literal["balanced"] = "balanced"
"""Stands for one demonstration per option."""
FIRST = -1
"""Seed that takes the first rows of train, as other frameworks do, instead of a draw."""


def shots(requested: str | int, task: Task) -> int:
    """How many demonstrations are requested: a number, or `balanced` for one per label.

    Raises
    ------
    UsageError
        It is neither.
    """
    if requested == BALANCED:
        return task.n_options
    if not str(requested).isdecimal():
        raise UsageError(f"number of demonstrations {requested!r}: give 0 or more, or {BALANCED!r}")
    return int(requested)


def demonstrations_by_language(
    task: Task,
    train: Iterable[Item],
    count: int,
    *,
    languages: Collection[str] | None = None,
    seed: int = 0,
    barred_groups: Collection[str] = (),
) -> dict[str, tuple[Item, ...]]:
    """Draw the demonstrations of a run: for each language, those its items are shown.

    They are of the item's own language, except where the language is the question: there all
    items are shown the same ones, of any language. `languages` are those of the evaluated
    items (default: the task's); the other parameters are those of `select_demonstrations`.

    Raises
    ------
    DataError
        A language has fewer than `count` items left.
    """
    items = list(train)
    chosen = [lang for lang in task.languages if languages is None or lang in languages]
    own = {lang: lang if task.prompt_language is None else None for lang in chosen}
    return {
        lang: select_demonstrations(
            items, count, seed=seed, lang=drawn_from, barred_groups=barred_groups
        )
        for lang, drawn_from in own.items()
    }


def most_demonstrations(
    task: Task, train: Iterable[Item], languages: Collection[str], barred_groups: Collection[str]
) -> int:
    """How many demonstrations there are for each of these languages, of a group of its own each.

    The parameters are those of `demonstrations_by_language`.
    """
    barred = frozenset(barred_groups)
    groups: dict[str | None, set[str]] = defaultdict(set)
    for item in train:
        if item["group"] not in barred:
            groups[item["lang"]].add(item["group"])
            groups[None].add(item["group"])
    own = [lang if task.prompt_language is None else None for lang in languages]
    return min((len(groups[lang]) for lang in own), default=0)


def select_demonstrations(
    train: Iterable[Item],
    count: int,
    *,
    seed: int = 0,
    lang: str | None = None,
    barred_groups: Collection[str] = (),
) -> tuple[Item, ...]:
    """Draw `count` items from `train`, one label after the other, in an order set by `seed`.

    Parameters
    ----------
    train
        Items to draw from.
    count
        How many; labels differ in frequency by one at most.
    seed
        Decides which items and in which order; only the items' ids matter, not their order.
        `FIRST` takes the first items as they stand: train is ordered in blocks of all labels.
    lang
        Draw items of this language only.
    barred_groups
        Groups of the evaluated items: none of them may be shown.

    Raises
    ------
    DataError
        Fewer than `count` items are left.
    """
    if count == 0:
        return ()
    barred = frozenset(barred_groups)
    left = [i for i in train if i["group"] not in barred and lang in (None, i["lang"])]
    chosen = left[:count] if seed == FIRST else _drawn(left, count, seed)
    if len(chosen) < count:
        where = f" in {lang}" if lang else ""
        raise DataError(
            f"{count} demonstrations requested, but train has {len(chosen)} items{where} "
            "outside the groups of the evaluated items"
        )
    return tuple(chosen)


def _drawn(items: Iterable[Item], count: int, seed: int) -> list[Item]:
    by_label: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        by_label[item["label"]].append(item)
    for same in by_label.values():
        same.sort(key=lambda item: _rank(seed, "draw", item["id"]))
    labels = sorted(by_label, key=lambda label: _rank(seed, "label", str(label)))
    chosen = _round_robin([by_label[label] for label in labels], count)
    return sorted(chosen, key=lambda item: _rank(seed, "order", item["id"]))


def _round_robin(queues: list[list[Item]], count: int) -> list[Item]:
    """First items of all queues, then second ones, each item and group once, up to `count`."""
    chosen: list[Item] = []
    groups: set[str] = set()
    while len(chosen) < count and any(queues):
        for queue in queues:
            while queue and queue[0]["group"] in groups:
                queue.pop(0)
            if queue and len(chosen) < count:
                groups.add(queue[0]["group"])
                chosen.append(queue.pop(0))
    return chosen


def _rank(seed: int, purpose: str, item_id: str) -> bytes:
    return hashlib.sha256(f"{seed}:{purpose}:{item_id}".encode()).digest()
