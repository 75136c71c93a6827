"""By what items that have the same question are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from mceval8k.item import Item
from mceval8k.text import normalise


def question_key(items: Sequence[Item]) -> Callable[[Item], str]:
    """Function of an item that is the same for items with the same question.

    That is the normalised question. A question that all items of each language share (clang8's
    "Which sentence is grammatically correct?") tells none from another: the options, in any order,
    are then a part of it.
    """
    questions: dict[str, set[str]] = defaultdict(set)
    for item in items:
        questions[item["lang"]].add(normalise(item["question"]))
    distinct = sum(map(len, questions.values()))
    if distinct == len(questions) < len(items):
        return lambda item: "\n".join([normalise(item["question"]), *sorted(_options(item))])
    return lambda item: normalise(item["question"])


def _options(item: Item) -> list[str]:
    return [normalise(option) for option in item["options"]]
