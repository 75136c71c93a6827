"""Whether a pack's answer symbols are single tokens of a model, in every task."""

from __future__ import annotations

from typing import Any

from mceval8k.errors import UsageError
from mceval8k.item import make_item
from mceval8k.prompts.pack import Pack
from mceval8k.prompts.symbols import answer_tokens
from mceval8k.registry import all_tasks, get_task
from mceval8k.task import Task


def misfits(pack: Pack, tokenizer: Any) -> dict[str, str]:
    """By task, what is wrong with the answers after the prompt of one of its built-in examples.

    Tasks that the pack is not for are left out.
    """
    names = pack.only or tuple(all_tasks())
    found = ((name, _misfit(pack, get_task(name), tokenizer)) for name in names)
    return {name: reason for name, reason in found if reason is not None}


def _misfit(pack: Pack, task: Task, tokenizer: Any) -> str | None:
    for raw in task.examples:
        item = make_item(task, raw, source="built-in example", source_id="")
        answers = pack.continuations(task, len(item["options"]))
        try:
            answer_tokens(tokenizer, pack.prompt(task, item), answers)
        except UsageError as error:
            return f"{item['lang']}: {error}"
    return None
