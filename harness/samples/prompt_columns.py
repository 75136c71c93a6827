"""What a prompt pack adds to an item for lm-eval, as columns that a task file can name."""

from __future__ import annotations

from typing import Any

from mceval8k.prompts.pack import Pack
from mceval8k.task import Item, Task

INSTRUCTION = "prompt_instruction"
BLOCK = "prompt_block"
SYMBOLS = "prompt_symbols"


def prompt_columns(task: Task, pack: Pack, item: Item) -> dict[str, Any]:
    """Instruction, block and answer symbols of an item.

    The instruction ends in the pack's separator, since lm-eval puts nothing behind a description.
    """
    return {
        INSTRUCTION: pack.instruction(task, item["lang"]) + pack.separator,
        BLOCK: pack.block(task, item),
        SYMBOLS: list(pack.symbols_for(task, len(item["options"]))),
    }
