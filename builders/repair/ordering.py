"""Where the gold of a released row is put: at each position equally often, where options are free.

Most tasks have columns `options` and `label`, which `builders.making.options` puts in order after
the split. Two tasks have columns of their own; their positions are dealt here, and then balanced
as a stratum of the draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from builders.making.hashing import rank
from mceval8k.task import RawRow, Task


def is_shuffled(task: Task) -> bool:
    """Whether `builders.making.options` can put the options in order."""
    return task.fixed_options is None and {"options", "label"} <= set(task.raw_columns)


def is_dealt(task: Task) -> bool:
    """Whether the position is dealt here."""
    return task.name in _PLACES


def gold_first(raw: RawRow) -> dict[str, Any]:
    """Row whose gold is its first option."""
    options, label = raw["options"], raw["label"]
    return {**raw, "options": [options[label], *options[:label], *options[label + 1 :]], "label": 0}


def place_gold(task: Task, raw: RawRow, place: int, seed: int, key: str) -> dict[str, Any]:
    """Row whose gold stands at a place; the other options follow in seeded order."""
    return _PLACES[task.name](raw, place, seed, key)


def _clang8(raw: RawRow, place: int, seed: int, key: str) -> dict[str, Any]:  # noqa: ARG001
    pair = (raw["sentence1"], raw["sentence2"])
    gold, wrong = pair[raw["acceptable"]], pair[1 - raw["acceptable"]]
    first, second = (wrong, gold) if place else (gold, wrong)
    return {"sentence1": first, "sentence2": second, "acceptable": place}


def _stereoset(raw: RawRow, place: int, seed: int, key: str) -> dict[str, Any]:
    gold = raw["non-stereotype"]
    count = len(raw["sentences"])
    others = [index for index in range(count) if index != gold]
    others.sort(key=lambda index: rank(seed, "option", key, raw["sentences"][index]))
    order = [*others[:place], gold, *others[place:]]
    places = ("stereotype", "anti-stereotype", "non-stereotype")
    return {
        **raw,
        "sentences": [raw["sentences"][index] for index in order],
        **{name: order.index(raw[name]) for name in places},
    }


_PLACES: Mapping[str, Callable[[RawRow, int, int, str], dict[str, Any]]] = {
    "clang8": _clang8,
    "stereoset": _stereoset,
}
