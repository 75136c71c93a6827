"""Answer tokens: the one token that stands for each option after a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mceval8k.errors import UsageError
from mceval8k.prompts.tokens import prompt_tokens


def load_tokenizer(model: str) -> Any:
    """Tokenizer of a model's folder or Hub id.

    Raises
    ------
    UsageError
        There is none.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(model)
    except (OSError, ValueError, KeyError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UsageError(f"model {model}: {reason}") from None


def answer_tokens(tokenizer: Any, prompt: str, continuations: Sequence[str]) -> list[int]:
    """Token ids of the continuations after `prompt`, each exactly one token.

    Parameters
    ----------
    tokenizer
        A transformers tokenizer.
    prompt
        Text that the model is given.
    continuations
        Literal texts that may follow it, for example `" A"`.

    Raises
    ------
    UsageError
        A continuation is not one token after the prompt, changes the prompt's own tokens, is
        unknown to the model, or two share their first token; the message names it and its tokens.
    """
    texts = [prompt, *(prompt + text for text in continuations)]
    start, *rest = prompt_tokens(tokenizer, texts)
    answers: dict[int, str] = {}
    for text, ids in zip(continuations, rest, strict=True):
        if ids[: len(start)] != start or len(ids) != len(start) + 1:
            tokens = tokenizer.convert_ids_to_tokens(ids[_common(start, ids) :])
            shared = next(
                (answers[token] for token in ids[len(start) :][:1] if token in answers), ""
            )
            raise UsageError(
                f"answer {text!r} is not one token after the prompt for this model: it becomes "
                f"{tokens}{f' and begins as {shared!r} does' if shared else ''}; give another "
                "answer, or for a task's items a prompt pack with other symbols (--pack), such as "
                "default, lower or digits"
            )
        if ids[-1] == getattr(tokenizer, "unk_token_id", None):
            raise UsageError(f"answer {text!r} is not in the vocabulary of this model")
        if ids[-1] in answers:
            raise UsageError(f"answers {answers[ids[-1]]!r} and {text!r} are the same token")
        answers[ids[-1]] = text
    return list(answers)


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    pairs = zip(first, second, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))
