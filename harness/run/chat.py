"""What tokenizers and chat templates do to a prompt that would change what is measured.

A tokenizer that ends every text with a token of its own has the answers scored after that token. A
template may know no system turn, where lm-eval puts the instruction, and lm-eval then leaves the
instruction out. And the turn of a model that reasons may begin inside a thought, where a letter is
no answer. Each is put right, and said, or refused in one line.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2.exceptions import TemplateError
from lm_eval.models.api_models import TemplateAPI
from lm_eval.models.huggingface import HFLM
from tokenizers.processors import TemplateProcessing

from mceval8k.errors import UsageError
from mceval8k.prompts.tokens import special_tokens_around
from mceval8k.time_limit import time_limit

_log = logging.getLogger(__name__)

Message = Mapping[str, str]
THOUGHTS = (
    *("<think>", "[THINK]", "<|channel|>analysis<|message|>"),
    *("◁think▷", "<|START_THINKING|>", "<seed:think>"),
)
"""What opens a thought, in the templates of models that reason."""
_CLOSED = {"<think>": "\n</think>\n\n"}
"""How a thought is closed that has nothing in it, where models are trained on that."""
_SECONDS, _LONGEST = 10.0, 2**24
"""What a template may take, and the characters that it may make of a prompt."""
_PROBE = "What is asked of you."


def end_no_text(lm: Any) -> None:
    """Keep a causal model's tokenizer from putting tokens after a text.

    Raises
    ------
    UsageError
        It cannot be kept from it.
    """
    if not isinstance(lm, HFLM) or lm.backend != "causal":
        return
    tokenizer = lm.tokenizer
    before, after = special_tokens_around(tokenizer)
    if not after:
        return
    if hasattr(tokenizer, "backend_tokenizer"):
        names = tokenizer.convert_ids_to_tokens(before)
        tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
            single=[*names, "$A"], special_tokens=list(zip(names, before, strict=True))
        )
    if special_tokens_around(tokenizer) != (before, []):
        ends = " ".join(tokenizer.convert_ids_to_tokens(after))
        raise UsageError(
            f"the tokenizer ends every text with {ends}, after which no answer is predicted: save "
            "it with add_eos_token=False"
        )


def check_thinking(lm: Any, *, generate: bool) -> None:
    """Raise UsageError where a model is to think before answers that it does not write."""
    if getattr(lm, "enable_thinking", None) and not generate:
        raise UsageError(
            "enable_thinking=True goes with --generate: a model whose options are compared does "
            "not write"
        )


class ChatTemplate:
    """A chat template that loses no instruction and leaves no thought open.

    It takes the place of lm-eval's method on one model (`use`).
    """

    def __init__(self, lm: Any, *, generate: bool) -> None:
        self.tokenizer = lm.tokenizer
        self.options = getattr(lm, "chat_template_args", None) or {}
        self.generate = generate
        self.notes: list[str] = []
        """What was done to prompts beyond the template."""

    @classmethod
    def use(cls, lm: Any, *, generate: bool) -> ChatTemplate | None:
        """Put prompts to a model through this class, if its template is here."""
        here = isinstance(lm, HFLM) or (
            isinstance(lm, TemplateAPI)
            and lm.tokenizer_backend == "huggingface"
            and bool(lm.tokenized_requests)
        )
        if not here or not getattr(lm.tokenizer, "chat_template", None):
            return None
        template = cls(lm, generate=generate)
        lm.apply_chat_template = template
        return template

    def __call__(self, chat_history: Sequence[Message], add_generation_prompt: bool = True) -> str:
        """Text of a conversation.

        Raises
        ------
        UsageError
            The template takes no such conversation, or its last turn begins inside a thought that
            cannot be closed.
        """
        messages = list(chat_history)
        if messages and messages[0]["role"] == "system" and not self._takes_system():
            self._say("the chat template has no system turn: the instruction opens the user's turn")
            messages = _without_system(messages)
        try:
            text = self._render(messages, add_generation_prompt)
        except TemplateError as error:
            roles = ", ".join(message["role"] for message in messages)
            raise UsageError(f"the chat template takes no turns of {roles}: {error}") from None
        if self.generate or not add_generation_prompt:
            return text
        return self._out_of_thought(text)

    def _takes_system(self) -> bool:
        """Whether a system's turn is there in what the template makes of it."""
        messages = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "?"}]
        try:
            return _PROBE in self._render(messages, add_generation_prompt=True)
        except TemplateError:
            return False

    def _out_of_thought(self, text: str) -> str:
        body = text.rstrip()
        opened = next((mark for mark in THOUGHTS if body.endswith(mark)), None)
        if opened is None:
            return text
        if opened not in _CLOSED:
            raise UsageError(
                f"the chat template opens a thought ({opened}), in which a letter is no answer: "
                "give --generate, or the model argument with which the template does not think"
            )
        self._say(f"the chat template opens a thought ({opened}): it is closed, with nothing in it")
        return body + "\n" + _CLOSED[opened]

    def _render(self, messages: Sequence[Message], add_generation_prompt: bool) -> str:
        """Let the template make a text; it is code that came with the model, in Jinja's sandbox."""
        try:
            with time_limit(_SECONDS, "the chat template"):
                text: str = self.tokenizer.apply_chat_template(
                    messages,
                    tokenize=False,
                    add_generation_prompt=add_generation_prompt,
                    continue_final_message=not add_generation_prompt,
                    **self.options,
                )
        except (TemplateError, UsageError):
            raise
        except Exception as error:  # whatever its code raises
            raise UsageError(f"the chat template fails: {type(error).__name__}: {error}") from error
        if len(text) > _LONGEST:
            raise UsageError(f"the chat template makes {len(text):,} characters of a prompt")
        return text

    def _say(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)
            _log.warning(note)


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """The system's text as the beginning of the first turn."""
    system, first, *rest = messages
    content = f"{system['content'].rstrip()}\n\n{first['content']}"
    return [{**first, "content": content}, *rest]
