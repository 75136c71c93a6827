"""Cyclic rotation of an item's options: option k moves to position (k + r) mod n.

Evaluating every item once per rotation separates what a model knows from where it likes to answer:
over all n rotations the right option stands once at every position. Only the evaluated item is
rotated; the demonstrations before it stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from datasets import Dataset

Option = TypeVar("Option")


def rotated_name(name: str, rotation: int) -> str:
    """Name in lm-eval of a task's rotation; rotation 0 is the task itself."""
    return f"{name}_rotation{rotation}" if rotation else name


def rotate(options: Sequence[Option], rotation: int) -> list[Option]:
    """Options in the order in which they are shown."""
    n = len(options)
    return [options[original_option(position, rotation, n)] for position in range(n)]


def shown_position(option: int, rotation: int, n_options: int) -> int:
    """Position at which an option is shown."""
    return (option + rotation) % n_options


def original_option(position: int, rotation: int, n_options: int) -> int:
    """Index, in the edition's order, of the option that is shown at a position."""
    return (position - rotation) % n_options


def rotate_items(items: Dataset, rotation: int) -> Dataset:
    """Items with their options rotated and `label` pointing at the gold's new position."""
    if not rotation:
        return items
    labels = [
        shown_position(label, rotation, len(options))
        for label, options in zip(items["label"], items["options"], strict=True)
    ]
    shown = [rotate(options, rotation) for options in items["options"]]
    # Taken out and put back: names of a ClassLabel would no longer be those of its numbers.
    rest = items.remove_columns(["options", "label"])
    return rest.add_column("options", shown).add_column("label", labels)
