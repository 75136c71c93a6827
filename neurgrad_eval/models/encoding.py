"""Prompts and answers as token ids, checked against the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mceval8k.errors import DataError, UsageError
from mceval8k.prompts.symbols import answer_tokens
from mceval8k.prompts.tokens import prompt_tokens, token_rows

Kind = Literal["causal", "masked", "seq2seq"]
"""Of a language model: predicts the next token, a [MASK], or the beginning of a target text."""


@dataclass(frozen=True)
class Encoded:
    """Token ids of prompts and of their answers."""

    prompts: tuple[tuple[int, ...], ...]
    answers: tuple[tuple[int, ...], ...]
    """Per prompt, one id per answer."""
    texts: tuple[tuple[str, ...], ...]
    """Per prompt, the answers as they were given."""

    @property
    def longest(self) -> int:
        """Tokens of the longest prompt."""
        return max(map(len, self.prompts))


def encode(
    tokenizer: Any,
    prompts: Sequence[str],
    answers: Sequence[str] | Sequence[Sequence[str]],
    context: int | None,
    *,
    kind: Kind = "causal",
) -> Encoded:
    """Tokenise prompts, and find each answer's one token.

    Parameters
    ----------
    tokenizer
        The model's tokenizer.
    prompts
        Texts.
    answers
        Literal continuations (`" A"`), the same for all prompts or a list per prompt.
    context
        Longest prompt that the model can read, in tokens; None for no limit.
    kind
        Of the model. In a causal one answers follow the prompt, in a masked one they stand in place
        of the one [MASK] of each prompt, in a seq2seq one they begin a text of their own.

    Raises
    ------
    UsageError
        There is no prompt, a text stands for a list of them, or an answer is not one token.
    DataError
        A prompt is empty, longer than the model's context, or has not the one [MASK].
    """
    if isinstance(prompts, str) or isinstance(answers, str):
        raise UsageError("prompts and answers are lists of texts")
    if not prompts:
        raise UsageError("no prompt is given")
    per_prompt = _per_prompt(answers, len(prompts))
    causal, masked = kind == "causal", kind == "masked"
    rows = prompt_tokens(tokenizer, prompts) if causal else token_rows(tokenizer, prompts)
    ids = [tuple(row) for row in rows]
    for number, row in enumerate(ids):
        if not row:
            raise DataError(f"prompt {number} is empty")
        if context is not None and len(row) > context:
            raise DataError(
                f"prompt {number} has {len(row)} tokens; the model's context holds {context}: "
                f"{prompts[number][:60]!r}…"
            )
        if masked:
            find_mask(tokenizer, number, row)
    find = {"masked": mask_answer_tokens, "seq2seq": target_answer_tokens}.get(kind)
    tokens = tuple(
        tuple(answer_tokens(tokenizer, text, own) if find is None else find(tokenizer, own))
        for text, own in zip(prompts, per_prompt, strict=True)
    )
    return Encoded(tuple(ids), tokens, tuple(map(tuple, per_prompt)))


def _per_prompt(
    answers: Sequence[str] | Sequence[Sequence[str]], count: int
) -> Sequence[Sequence[str]]:
    if not answers:
        raise UsageError("no answer is given")
    if all(isinstance(answer, str) for answer in answers):
        return [answers] * count  # type: ignore[list-item]
    if len(answers) != count:
        raise UsageError(f"{len(answers)} lists of answers for {count} prompts")
    if len({len(own) for own in answers}) > 1:
        raise UsageError("every prompt must have the same number of answers")
    return answers


def mask_token_id(tokenizer: Any) -> int:
    """Token id of [MASK]; UsageError if the tokenizer has none."""
    if tokenizer.mask_token_id is None:
        raise UsageError("the tokenizer of this masked language model has no mask token")
    return int(tokenizer.mask_token_id)


def find_mask(tokenizer: Any, number: int, tokens: Sequence[int]) -> int:
    """Position of the one [MASK] of prompt `number`; DataError if it has none or several."""
    mask = mask_token_id(tokenizer)
    found = [position for position, token in enumerate(tokens) if token == mask]
    if len(found) != 1:
        raise DataError(
            f"prompt {number} has {len(found)} {tokenizer.mask_token} tokens: a masked language "
            "model reads exactly one"
        )
    return found[0]


def mask_answer_tokens(tokenizer: Any, answers: Sequence[str]) -> list[int]:
    """Token ids that answers have in place of the [MASK], each exactly one token.

    Parameters
    ----------
    tokenizer
        A transformers tokenizer.
    answers
        Literal texts; where the tokenizer marks word starts (RoBERTa) with their space, `" A"`.

    Raises
    ------
    UsageError
        An answer is not one known token, or two share their token.
    """
    encoded = [tokenizer(answer, add_special_tokens=False) for answer in answers]
    return _single_tokens(tokenizer, answers, [own["input_ids"] for own in encoded])


def target_answer_tokens(tokenizer: Any, answers: Sequence[str]) -> list[int]:
    """Token ids that answers have at the beginning of a target text, each exactly one token.

    Parameters
    ----------
    tokenizer
        A transformers tokenizer; where it has another vocabulary for targets (Marian), that counts.
    answers
        Texts; space before them is dropped, since nothing comes before a target.

    Raises
    ------
    UsageError
        An answer is not one known token, or two share their token.
    """
    texts = [answer.lstrip() for answer in answers]
    encoded = [tokenizer(text_target=text, add_special_tokens=False) for text in texts]
    return _single_tokens(tokenizer, answers, [own["input_ids"] for own in encoded])


def _single_tokens(
    tokenizer: Any, answers: Sequence[str], rows: Sequence[Sequence[int]]
) -> list[int]:
    """The one token of each answer; see `mask_answer_tokens` for the errors."""
    found: dict[int, str] = {}
    for answer, ids in zip(answers, rows, strict=True):
        if len(ids) != 1 or ids[0] == tokenizer.unk_token_id:
            tokens = tokenizer.convert_ids_to_tokens(ids)
            raise UsageError(f"answer {answer!r} is not one known token of this model: {tokens}")
        if ids[0] in found:
            raise UsageError(f"answers {found[ids[0]]!r} and {answer!r} are the same token")
        found[ids[0]] = answer
    return list(found)
