"""Which items are used: training, test and validation items and demonstrations, drawn by seed.

Only the items' ids and the seed decide, not the order of the rows. Validation items are those of
the validation split that share neither group nor question with an item that is trained or tested
on, whatever the edition lets leak.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from mceval8k.console import say
from mceval8k.errors import DataError
from mceval8k.item import Item
from mceval8k.prompts.demonstrations import demonstrations_by_language, shots
from mceval8k.task import Task
from neurgrad_eval.inputs.options import EditionInput, ItemInput
from neurgrad_eval.inputs.same_question import question_key
from neurgrad_eval.runs.processes import current
from neurgrad_eval.runs.settings import UpTo


@dataclass(frozen=True)
class Leak:
    """Test items that are no fair test: a train item has their group or normalised question."""

    leaked_test_items: int
    """Test items that are used and shared with any item of the train split."""
    leaked_into_training: int
    """Those of them that are shared with a training item that is used."""


@dataclass(frozen=True)
class Sample:
    """Items of one experiment."""

    train: tuple[Item, ...]
    test: tuple[Item, ...]
    demonstrations: Mapping[str, tuple[Item, ...]]
    """By language of the item."""
    leak: Leak
    validation: tuple[Item, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """Training items, then test items, then validation items."""
        return self.train + self.test + self.validation


def draw_sample(splits: Mapping[str, Sequence[Item]], task: Task, settings: ItemInput) -> Sample:
    """Draw the items of an experiment.

    Parameters
    ----------
    splits
        Items of `train` and `test`, and of `validation` where some are wanted.
    task
        Whose items they are.
    settings
        Sizes and seed.

    Raises
    ------
    DataError
        A split has too few items or labels, or an item has not as many options as the task.
    """
    pool, tests = _distinct(splits["train"]), _distinct(splits["test"])
    test_size = len(tests) if settings.test_size is None else settings.test_size
    _check_size(task, "train", len(pool), _least(settings.train_size))
    _check_size(task, "test", len(tests), test_size)
    test = sorted(tests, key=_rank(settings.seed, "test"))[:test_size]
    train, shown = _draw_train(pool, task, settings, settings.train_size, test)
    _check_labels(train, task)
    validation = _draw_validation(splits, [*train, *test, *shown], task, settings)
    _check_options([*train, *test, *validation], task)
    return Sample(
        tuple(train),
        tuple(test),
        _demonstrations(pool, [*train, *test, *validation], task, settings),
        Leak(len(_shared(test, pool)), len(_shared(test, train))),
        tuple(validation),
    )


def draw_training(
    items: Sequence[Item], task: Task, settings: EditionInput, size: int | None
) -> Sample:
    """Draw the items of an experiment that only trains.

    Parameters
    ----------
    items
        Those of the split `train`.
    task, settings
        Whose items they are, and how they become prompts.
    size
        Number of items; None for all that share no group with the demonstrations.

    Raises
    ------
    DataError
        As for `draw_sample`.
    """
    pool = _distinct(items)
    _check_size(task, "train", len(pool), _least(size))
    train, _ = _draw_train(pool, task, settings, size, ())
    _check_labels(train, task)
    _check_options(train, task)
    return Sample(tuple(train), (), _demonstrations(pool, train, task, settings), Leak(0, 0))


def _draw_train(
    pool: Sequence[Item],
    task: Task,
    settings: EditionInput,
    size: int | None,
    test: Sequence[Item],
) -> tuple[list[Item], list[Item]]:
    """Training items, and what has to be left for demonstrations where all others are used."""
    if size is not None and not isinstance(size, UpTo):
        return _draw_balanced(pool, size, settings.seed), []
    shown = _first_shown(pool, task, settings, test)
    groups = {item["group"] for item in shown}
    free = [item for item in pool if item["group"] not in groups]
    if size is not None and size <= len(free):
        return _draw_balanced(pool, size, settings.seed), []
    if size is not None:
        _tell_once(
            f"{task.name}: train has {len(pool)} distinct items: {len(free)} training prompts, "
            f"all but the demonstrations, instead of {size} by default"
        )
    return sorted(free, key=_rank(settings.seed, "train")), shown


def _least(size: int | None) -> int:
    """How many items there must be."""
    return 1 if size is None or isinstance(size, UpTo) else size


@cache
def _tell_once(text: str) -> None:
    """Tell what is drawn; it is drawn again when the model is there."""
    if current().is_main:
        say(text)


def _first_shown(
    pool: Sequence[Item], task: Task, settings: EditionInput, test: Sequence[Item]
) -> list[Item]:
    """Demonstrations that are drawn if any item outside the groups of `test` may be one."""
    found = demonstrations_by_language(
        task,
        pool,
        shots(settings.num_fewshot, task),
        languages={item["lang"] for item in pool},
        seed=settings.seed,
        barred_groups={item["group"] for item in test},
    )
    return [item for chosen in found.values() for item in chosen]


def _check_size(task: Task, split: str, there: int, wanted: int) -> None:
    if there == 0 or there < wanted:
        raise DataError(
            f"{task.name}: split {split} has {there} distinct items; {wanted or 1} are requested"
        )


def _check_options(items: Iterable[Item], task: Task) -> None:
    for item in items:
        if len(item["options"]) != task.n_options:
            raise DataError(
                f"item {item['id']}: {len(item['options'])} options, not {task.n_options}"
            )


def _distinct(items: Iterable[Item]) -> list[Item]:
    return list({item["id"]: item for item in items}.values())


def _draw_balanced(pool: Sequence[Item], count: int, seed: int) -> list[Item]:
    """Items of all labels (and languages) in turn, as evenly as the pool allows."""
    cells: dict[tuple[str, int], list[Item]] = defaultdict(list)
    for item in sorted(pool, key=_rank(seed, "train")):
        cells[item["lang"], item["label"]].append(item)
    turns = sorted(
        (turn, cell, position)
        for position, cell in enumerate(sorted(cells))
        for turn in range(len(cells[cell]))
    )
    chosen = [cells[cell][turn] for turn, cell, _ in turns[:count]]
    return sorted(chosen, key=_rank(seed, "train"))


def _draw_validation(
    splits: Mapping[str, Sequence[Item]],
    used: Sequence[Item],
    task: Task,
    settings: ItemInput,
) -> list[Item]:
    if not settings.validation_size:
        return []
    there = _distinct(splits["validation"])
    barred = {item["id"] for item in _shared(there, used)}
    free = [item for item in there if item["id"] not in barred]
    if not free:
        raise DataError(
            f"{task.name}: no validation item is left ({len(there)} in all, {len(barred)} of them "
            "shared with training or test items): ask for fewer test items, or for no validation "
            "items"
        )
    return sorted(free, key=_rank(settings.seed, "validation"))[: settings.validation_size]


def _check_labels(train: Sequence[Item], task: Task) -> None:
    labels = {item["label"] for item in train}
    if len(labels) < 2:
        raise DataError(
            f"{task.name}: the {len(train)} training items all have label {min(labels)}; "
            "a probe needs two labels at least"
        )


def _demonstrations(
    pool: Sequence[Item], used: Sequence[Item], task: Task, settings: EditionInput
) -> dict[str, tuple[Item, ...]]:
    """Demonstrations for each language, in it unless that would give the answer away."""
    taken = {item["id"] for item in used}
    return demonstrations_by_language(
        task,
        [item for item in pool if item["id"] not in taken],
        shots(settings.num_fewshot, task),
        languages={item["lang"] for item in used},
        seed=settings.seed,
        barred_groups={item["group"] for item in used},
    )


def _shared(test: Sequence[Item], train: Sequence[Item]) -> list[Item]:
    key = question_key([*test, *train])
    groups, questions = {item["group"] for item in train}, set(map(key, train))
    return [item for item in test if item["group"] in groups or key(item) in questions]


def _rank(seed: int, purpose: str) -> Callable[[Item], Any]:
    def rank(item: Item) -> bytes:
        return hashlib.sha256(f"{seed}:{purpose}:{item['id']}".encode()).digest()

    return rank
