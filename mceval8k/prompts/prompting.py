"""A prompt pack: what turns items into prompts.

A prompt is the instruction, the demonstrations and the item, each a block, joined by the pack's
separator. An item's block is its question, its options one per line, and the answer cue without a
trailing space; a demonstration's block is the same, followed by delimiter and answer symbol. This
is the text that lm-eval composes from the same parts, so that every tool of the project sees one
prompt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mceval8k.errors import DataError, UsageError
from mceval8k.task import Item, Task


@dataclass(frozen=True)
class TaskWording:
    """What a pack says of one task; empty fields mean the task's or the pack's own wording."""

    instruction: Mapping[str, str]
    """By language: the question."""
    question: Mapping[str, str]
    """By language: template over the item's own columns."""
    symbols: tuple[str, ...]
    """Answer symbols."""
    option: str
    """Template of an option's line."""


NOTHING = TaskWording(instruction={}, question={}, symbols=(), option="")


@dataclass(frozen=True)
class Pack:
    """A prompt pack, checked and complete."""

    name: str
    description: str
    """One line: what differs from the default pack."""
    only: tuple[str, ...]
    """Names of the tasks it is for; empty for all."""
    symbols: tuple[str, ...]
    """Answer symbols of tasks that have none of their own."""
    positional: bool
    """Whether symbols stand for positions, so that any option may stand beside any of them."""
    option: str
    """Template of an option's line, over `symbol` and `text`."""
    delimiter: str
    """What a model emits between the cue and the symbol."""
    separator: str
    """What stands between the blocks of a prompt."""
    cue: Mapping[str, str]
    """By language: the end of an item's block."""
    reply: Mapping[str, str]
    """By language: what models that generate are to reply, over `symbols`, separated by commas.
    """
    tasks: Mapping[str, TaskWording]

    def wording(self, task: Task) -> TaskWording:
        """What the pack says of a task.

        Raises
        ------
        UsageError
            The pack is not for this task.
        """
        if self.only and task.name not in self.only:
            raise UsageError(
                f"pack {self.name} is not for task {task.name}: it is for {', '.join(self.only)}"
            )
        return self.tasks.get(task.name, NOTHING)

    def has_words_for(self, task: str) -> bool:
        """Whether the pack words this task itself, as one does that words other tasks."""
        return not self.tasks or task in self.tasks

    def fallback(self, task: str) -> str:
        """Note for a task that the pack does not word."""
        return f"pack {self.name} has no words for task {task}: the task's own wording is used"

    def instruction(self, task: Task, lang: str) -> str:
        """Wording of the task for items of language `lang`."""
        spoken = task.language_of_prompt(lang)
        return self.wording(task).instruction.get(spoken, task.instruction[spoken])

    def reply_instruction(self, task: Task, lang: str, n_options: int | None = None) -> str:
        """The form of the reply, as a model that generates is instructed.

        `n_options` are those of the item; by default as many as an item of the task can have.
        """
        symbols = ", ".join(self.symbols_for(task, n_options or task.n_options))
        return self.reply[task.language_of_prompt(lang)].format(symbols=symbols)

    def symbols_for(self, task: Task, n_options: int) -> tuple[str, ...]:
        """Answer symbols of an item with `n_options` options."""
        symbols = self.wording(task).symbols or self.symbols
        if n_options > len(symbols):
            raise DataError(f"pack {self.name}: {len(symbols)} symbols for {n_options} options")
        return symbols[:n_options]

    def continuations(self, task: Task, n_options: int) -> tuple[str, ...]:
        """What a model emits for each option: delimiter and symbol, for example `" A"`."""
        return tuple(self.delimiter + symbol for symbol in self.symbols_for(task, n_options))

    def block(self, task: Task, item: Item) -> str:
        """Question, options and cue of one item."""
        spoken = task.language_of_prompt(item["lang"])
        wording = self.wording(task)
        question = str(item["question"])
        if spoken in wording.question:
            question = wording.question[spoken].format_map(item)
        template = wording.option or self.option
        symbols = self.symbols_for(task, len(item["options"]))
        options = (
            template.format(symbol=symbol, text=text)
            for symbol, text in zip(symbols, item["options"], strict=True)
        )
        return "\n".join((question, *options, self.cue[spoken]))

    def answered(self, task: Task, item: Item) -> str:
        """Block of a demonstration: the item and its gold symbol."""
        symbol = self.symbols_for(task, len(item["options"]))[item["label"]]
        return self.block(task, item) + self.delimiter + symbol

    def prompt(self, task: Task, item: Item, demonstrations: Sequence[Item] = ()) -> str:
        """Full prompt of an item, ending in the answer cue without a trailing space."""
        blocks = (
            self.instruction(task, item["lang"]),
            *(self.answered(task, shot) for shot in demonstrations),
            self.block(task, item),
        )
        return self.separator.join(blocks)

    def digest(self, task: Task, *, generation: bool = False) -> str:
        """SHA-256 (hexadecimal) of everything that shapes the prompts of a task.

        `generation` is for prompts that also say what form the reply must have.
        """
        spoken = sorted({task.language_of_prompt(lang) for lang in task.languages})
        wording = self.wording(task)
        content = {
            "symbols": self.symbols_for(task, task.n_options),
            "option": wording.option or self.option,
            "delimiter": self.delimiter,
            "separator": self.separator,
            "cue": {lang: self.cue[lang] for lang in spoken},
            "instruction": {lang: self.instruction(task, lang) for lang in spoken},
            "question": dict(wording.question),
        }
        if generation:
            content["reply"] = {lang: self.reply_instruction(task, lang) for lang in spoken}
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for records of a run."""
        return asdict(self)
