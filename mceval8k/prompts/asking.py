"""The question of an item with its instruction, for frameworks that list the options themselves."""

from __future__ import annotations

from functools import cache

from mceval8k.prompts.pack import load_pack
from mceval8k.task import Item, Task

_default = cache(load_pack)


def question_with_instruction(task: Task, item: Item) -> str:
    """Instruction of the default pack, an empty line, and the question; no options."""
    pack = _default()
    return pack.instruction(task, item["lang"]) + pack.separator + str(item["question"])
