"""How much a model may write: enough for its reasoning, where it reasons before it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lm_eval.utils import simple_parse_args_string

from harness.run.chat import THOUGHTS
from harness.run.options import Options
from harness.tasks.lm_eval_task import MCEval8kTask

REASONING_TOKENS = 4096
"""Tokens of a reply with its reasoning, unless `--gen-kwargs` says otherwise."""
_LENGTHS = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
_MARKERS = (*(thought.rstrip(">") for thought in THOUGHTS), "<|channel|")


def give_room(lm: Any, options: Options, tasks: Sequence[MCEval8kTask]) -> None:
    """Let a model that reasons write `REASONING_TOKENS`, where no length was given.

    It is known by the markers of reasoning in its chat template, so this is only for models whose
    template is here and used.
    """
    given = simple_parse_args_string(options.gen_kwargs or "")
    if options.apply_chat_template and reasons(lm) and not any(name in given for name in _LENGTHS):
        for task in tasks:
            length = {"max_gen_toks": REASONING_TOKENS}
            task.set_config("generation_kwargs", length, update=True)


def reasons(lm: Any) -> bool:
    """Whether a model's chat template has a place for reasoning."""
    template = getattr(getattr(lm, "tokenizer", None), "chat_template", None)
    return any(marker in str(template or "") for marker in _MARKERS)
